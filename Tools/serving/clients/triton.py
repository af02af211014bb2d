"""NVIDIA's tritonclient over HTTP."""
import asyncio

import numpy as np
import tritonclient.http as http
import tritonclient.http.aio as aio
from PIL import Image
from tritonclient.utils import InferenceServerException

from interop import expect, require, same_bits


def checks(server, options):
    client = http.InferenceServerClient(f"{server.host}:{server.port}", concurrency=4)
    model = server.model
    right = server.probabilities(server.rocket)

    def tensor(values, datatype, binary=True):
        result = http.InferInput("image", list(values.shape), datatype)
        result.set_data_from_numpy(values, binary_data=binary)
        return result

    def photos(*paths, shape=None):
        values = np.array([path.read_bytes() for path in paths], object)
        return tensor(values.reshape(shape or [len(paths)]), "BYTES")

    def output(name="probabilities", **options):
        return http.InferRequestedOutput(name, **options)

    def refused(status, call, *words):
        """Expects the exception of tritonclient, with the status and with words of its message."""
        try:
            call()
        except InferenceServerException as error:
            expect(error.status(), str(status), "status")
            for word in words:
                require(word in error.message(), f"message {error.message()!r} does not name {word!r}")
            return error.message()
        raise AssertionError("no error")

    def health():
        require(client.is_server_live(), "not live")
        require(client.is_server_ready(), "not ready")
        require(client.is_model_ready(model), "model is not ready")
        require(client.is_model_ready(model, "1"), "version 1 is not ready")
        require(not client.is_model_ready("nothing"), "an unknown model is ready")

    def server_metadata():
        found = client.get_server_metadata()
        for extension in ("binary_tensor_data", "classification", "model_configuration", "statistics"):
            require(extension in found["extensions"], f"no extension {extension} in {found['extensions']}")
        return f"{found['name']} {found['version']}: {', '.join(found['extensions'])}"

    def model_metadata():
        for found in (client.get_model_metadata(model), client.get_model_metadata(model, "1")):
            expect(found["name"], model, "name")
            expect(found["versions"], ["1"], "versions")
            expect(found["inputs"], [{"name": "image", "datatype": "FP32", "shape": [-1, server.side, server.side, 3]}], "inputs")
            expect(found["outputs"], [{"name": "probabilities", "datatype": "FP32", "shape": [-1, server.classes]}], "outputs")

    def configuration():
        found = client.get_model_config(model)
        entry = found["input"][0]
        right = ("TYPE_FP32", "FORMAT_NHWC", [server.side, server.side, 3])
        expect((entry["data_type"], entry["format"], entry["dims"]), right, "input")
        expect(found["output"][0]["dims"], [server.classes], "dims of the output")
        require(found["max_batch_size"] > 0, "no batches")

    def statistics():
        def successes():
            found = client.get_inference_statistics(model)["model_stats"][0]
            return found["inference_stats"]["success"]["count"], found["inference_count"]
        before = successes()
        client.infer(model, [photos(server.rocket)])
        expect(tuple(after - first for after, first in zip(successes(), before)), (1, 1), "added successes and inferences")
        require(client.get_inference_statistics()["model_stats"], "no statistics of all models")

    def index():
        found = next(entry for entry in client.get_model_repository_index() if entry["name"] == model)
        expect(found["state"], "READY", "state")

    def photo_bytes():
        for shape in ([1], [1, 1]):
            result = client.infer(model, [photos(server.rocket, shape=shape)], outputs=[output()])
            expect(result.as_numpy("probabilities").shape, (1, server.classes), "shape")
            same_bits(result.as_numpy("probabilities"), right, "probabilities")

    def several_photos():
        found = client.infer(model, [photos(*server.photos)]).as_numpy("probabilities")
        same_bits(found, np.stack([server.probabilities(path) for path in server.photos]), "probabilities")

    def binary_tensor():
        result = client.infer(model, [tensor(server.images, "FP32")], outputs=[output("logits")])
        same_bits(result.as_numpy("logits"), server.logits, "logits")

    def json_tensor():
        result = client.infer(model, [tensor(server.images, "FP32", binary=False)], outputs=[output("logits", binary_data=False)])
        require("data" in result.get_output("logits"), "the output is not JSON")
        same_bits(result.as_numpy("logits"), server.logits, "logits")

    def pixels():
        with Image.open(server.cat) as image:
            values = np.asarray(image.convert("RGB"))[None]
        found = client.infer(model, [tensor(values, "UINT8")]).as_numpy("probabilities")
        same_bits(found, server.probabilities(server.cat), "probabilities")

    def compressed(request, response):
        def check():
            result = client.infer(model, [tensor(server.images, "FP32")], outputs=[output("logits", binary_data=False)],
                                  request_compression_algorithm=request, response_compression_algorithm=response)
            same_bits(result.as_numpy("logits"), server.logits, "logits")
        return check

    def classification(binary):
        def check():
            found = client.infer(model, [photos(server.cat, server.rocket)],
                                 outputs=[output(class_count=3, binary_data=binary)]).as_numpy("probabilities")
            expect(found.shape, (2, 3), "shape")
            for row, path in zip(found, (server.cat, server.rocket)):
                words = [word.decode() if isinstance(word, bytes) else word for word in row]
                right = [f"{np.float32(one['probability']):.6f}:{one['index']}:{one['label']}"
                         for one in server.predictions[path][:3]]
                expect(words, right, "classes")
        return check

    def identifier():
        result = client.infer(model, [photos(server.rocket)], request_id="request 7", model_version="1")
        expect(result.get_response()["id"], "request 7", "id")
        expect(result.get_response()["model_name"], model, "model_name")
        expect(result.get_response()["model_version"], "1", "model_version")

    def scheduling():
        result = client.infer(model, [photos(server.rocket)], priority=1, timeout=20_000_000)
        same_bits(result.as_numpy("probabilities"), right, "probabilities")

    def asynchronous():
        requests = [(path, client.async_infer(model, [photos(path)])) for path in server.photos * 8]
        for path, request in requests:
            same_bits(request.get_result(timeout=30).as_numpy("probabilities"), server.probabilities(path), "probabilities")

    def with_asyncio():
        async def work():
            async with aio.InferenceServerClient(f"{server.host}:{server.port}") as other:
                require(await other.is_server_ready(), "not ready")
                results = await asyncio.gather(*(other.infer(model, [photos(path)]) for path in server.photos))
                for path, result in zip(server.photos, results):
                    same_bits(result.as_numpy("probabilities"), server.probabilities(path), "probabilities")
        asyncio.run(work())

    def errors():
        small, one = server.images[:, :10], photos(server.rocket)
        refused(400, lambda: client.infer(model, [tensor(small, "FP32")]))
        refused(400, lambda: client.infer(model, [tensor(server.images.astype(np.float64), "FP64")]), "FP64")
        refused(400, lambda: client.infer(model, [one], outputs=[output("nothing")]), "nothing")
        refused(404, lambda: client.infer("nothing", [one]), "nothing")
        refused(404, lambda: client.get_model_metadata(model, "7"), "7")
        other = http.InferInput("nothing", [1], "BYTES")
        other.set_data_from_numpy(np.array([b"a"], object))
        return refused(400, lambda: client.infer(model, [other]), "nothing")

    def broken_photo():
        try:
            client.infer(model, [tensor(np.array([b"This is not a photo."], object), "BYTES")])
        except InferenceServerException as error:
            require(error.status() in ("400", "415"), f"status {error.status()}")
            return error.message()
        raise AssertionError("no error")

    def loading():
        for call in (client.load_model, client.unload_model):
            try:
                call(model)
            except InferenceServerException as error:
                require(error.status() in ("401", "403", "404", "501"), f"status {error.status()}: {error.message()}")
            else:
                raise AssertionError(f"{call.__name__} needs no token")

    yield "health and readiness", health
    yield "metadata of the server", server_metadata
    yield "metadata of the model", model_metadata
    yield "configuration", configuration
    yield "statistics", statistics
    yield "index of the repository", index
    yield "photo as BYTES, [1] and [1, 1]", photo_bytes
    yield "several photos as BYTES", several_photos
    yield "FP32, binary", binary_tensor
    yield "FP32, JSON", json_tensor
    yield "UINT8 pixels", pixels
    for algorithm in ("gzip", "deflate"):
        yield f"request in {algorithm}", compressed(algorithm, None)
        yield f"answer in {algorithm}", compressed(None, algorithm)
        yield f"request and answer in {algorithm}", compressed(algorithm, algorithm)
    yield "classification, binary", classification(True)
    yield "classification, JSON", classification(False)
    yield "id and version", identifier
    yield "priority and timeout", scheduling
    yield "24 asynchronous requests", asynchronous
    yield "asyncio", with_asyncio
    yield "errors", errors
    yield "error of a broken photo", broken_photo
    yield "load and unload without a token", loading
