"""Reads the answers of Tests/EfficientNetServingTests/Fixtures/responses with the real clients.

    python check_responses.py tritonclient ../../Tests/EfficientNetServingTests/Fixtures/responses
        needs: tritonclient[http] 2.73.0, numpy 2.4.6, greenlet 3.3
    python check_responses.py kserve ../../Tests/EfficientNetServingTests/Fixtures/responses
        needs: kserve 0.21.0, in a separate venv

A server on 127.0.0.1 answers every path with the file of its name. The clients call their methods,
and each value is compared with what the tests encoded. The exit code is 1 if one differs.
"""

import asyncio
import os
import socket
import sys
import threading

import numpy as np

FOLDER = sys.argv[2]
PATHS = {
    "/v2": "server", "/v2/health/live": "live", "/v2/health/ready": "ready",
    "/v2/models": "models", "/v2/models/tiny": "metadata", "/v2/models/tiny/ready": "model-ready",
    "/v2/models/tiny/config": "config", "/v2/models/tiny/stats": "stats",
    "/v2/models/stats": "stats", "/v2/repository/index": "index",
}
NUMBERS = np.array([[0, -0.0, 0.1, 1e-7], [1e-45, np.finfo(np.float32).max, 16777216, 0.48627451]],
                   np.float32)
NOT_FINITE = np.array([[np.nan, np.inf, -np.inf, 1]], np.float32)
CLASSES = ["0.100000:2:\"🐈\"\u202e", "0.000000:3:d", "0.000000:0:tench",
           "340282346638528859811704183484516925440.000000:1:coffee mug",
           "16777216.000000:2:\"🐈\"\u202e", "0.486275:3:d"]


def answer(path):
    """The file for a path: a path with /infer names its model after the file, such as infer-json."""
    parts = path.split("/")
    name = parts[3] if parts[-1] == "infer" else PATHS.get(path.rstrip("/"), "error")
    with open(os.path.join(FOLDER, name + ".http"), "rb") as file:
        content = file.read()
    if name == "error":
        content = content.replace(b"200 OK", b"404 Not Found", 1)
    return content


def serve(listener):
    while True:
        connection, _ = listener.accept()
        with connection:
            request = b""
            while b"\r\n\r\n" not in request:
                request += connection.recv(65536)
            head, body = request.split(b"\r\n\r\n", 1)
            fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
            while len(body) < int(fields.get(b"content-length", 0)):
                body += connection.recv(65536)
            content = answer(head.split(b" ")[1].decode())
            connection.sendall(content.replace(b"\r\n", b"\r\nConnection: close\r\n", 1))


wrong = 0


def check(name, value, expected):
    global wrong
    isArray = isinstance(expected, np.ndarray)
    same = (value.shape == expected.shape and value.dtype == expected.dtype
            and value.tobytes() == expected.tobytes()) if isArray else value == expected
    wrong += not same
    print("same " if same else "WRONG", name, "" if same else f"{value!r}, not {expected!r}")


def metadata_checks(metadata, config):
    """What NVIDIA's image_client.py demands of a model before it sends a picture."""
    check("inputs", (len(metadata["inputs"]), len(config["input"])), (1, 1))
    check("outputs", len(metadata["outputs"]), 1)
    check("datatype of the output", metadata["outputs"][0]["datatype"], "FP32")
    check("the output is a vector", sum(e > 1 for e in metadata["outputs"][0]["shape"][1:]), 1)
    check("there is a batch", config["max_batch_size"] > 0, True)
    check("dimensions of the input", len(metadata["inputs"][0]["shape"]), 4)
    check("dims of the input", config["input"][0]["dims"], metadata["inputs"][0]["shape"][1:])
    check("dims of the output", config["output"][0]["dims"], metadata["outputs"][0]["shape"][1:])
    check("format", config["input"][0]["format"], "FORMAT_NHWC")
    check("types", config["input"][0]["data_type"], "TYPE_" + metadata["inputs"][0]["datatype"])


def tritonclient(address):
    import tritonclient.http as triton

    client = triton.InferenceServerClient(address)
    check("live", client.is_server_live(), True)
    check("ready", client.is_server_ready(), True)
    check("model ready", client.is_model_ready("tiny"), True)
    check("unknown model", client.is_model_ready("x"), False)
    server = client.get_server_metadata()
    check("server", (server["name"], server["version"]), ("effnet", "1.0.0"))
    check("extensions", server["extensions"], ["binary_tensor_data", "classification"])
    metadata_checks(client.get_model_metadata("tiny"), client.get_model_config("tiny"))
    states = [(e["name"], e["version"], e["state"]) for e in client.get_model_repository_index()]
    check("index", states, [("tiny", "1", "READY"), ("other", "1", "UNAVAILABLE")])
    for name in ("tiny", ""):
        statistics = client.get_inference_statistics(name)["model_stats"][0]
        check("inference_count", statistics["inference_count"], 64)
        check("success", statistics["inference_stats"]["success"],
              {"count": 2, "ns": 9007199254740993})
    try:
        client.get_model_metadata("x")
    except triton.InferenceServerException as error:
        check("error", (error.status(), error.message()), ("404", "model 'x' is unknown"))

    def infer(name):
        tensor = triton.InferInput("image", [1], "FP32")
        tensor.set_data_from_numpy(np.zeros(1, np.float32))
        result = client.infer(name, [tensor])
        check(name, result.get_response()["model_name"], "tiny")
        return result

    for name in ("infer-json", "infer-binary"):
        result = infer(name)
        check(f"{name} numbers", result.as_numpy("probabilities"), NUMBERS)
        check(f"{name} id", result.get_response()["id"], "42")
    classes = infer("infer-classification").as_numpy("probabilities")
    check("classification", [t.decode() for t in classes.flatten()], CLASSES)
    check("classification shape", classes.shape, (2, 3))
    classes = infer("infer-classification-json").as_numpy("probabilities")
    check("classification in JSON", list(classes.flatten()), CLASSES)
    result = infer("infer-nan")
    check("id with escapes", result.get_response()["id"], "a\"\\\a\u202eé")
    check("NaN in JSON", np.isnan(result.as_numpy("logits")).tolist(), [[True, True, True, False]])
    check("NaN in binary", infer("infer-nan-binary").as_numpy("logits"), NOT_FINITE)
    result = infer("infer-mixed")
    check("mixed, binary", result.as_numpy("probabilities"), NUMBERS)
    check("mixed, JSON", result.as_numpy("logits")[0, 3], 1)
    check("mixed, texts", [t.decode() for t in result.as_numpy("texts")], ["ü", ""])


def kserve(address):
    from kserve import InferInput, InferRequest
    from kserve.inference_client import InferenceRESTClient, RESTConfig
    from kserve.protocol.rest import v2_datamodels as models

    def body(name):
        with open(os.path.join(FOLDER, name + ".http"), "rb") as file:
            return file.read().split(b"\r\n\r\n", 1)[1]

    # The models raise an error where a field is missing or has another type.
    for name, model in {
        "live": models.ServerLiveResponse, "ready": models.ServerReadyResponse,
        "server": models.ServerMetadataResponse, "models": models.ListModelsResponse,
        "metadata": models.ModelMetadataResponse, "model-ready": models.ModelReadyResponse,
        "infer-json": models.InferenceResponse, "infer-nan": models.InferenceResponse,
        "infer-classification-json": models.InferenceResponse,
    }.items():
        model.model_validate_json(body(name))

    async def run():
        async with InferenceRESTClient(RESTConfig(protocol="v2", retries=0)) as client:
            url = f"http://{address}"
            check("live", await client.is_server_live(url), True)
            check("ready", await client.is_server_ready(url), True)
            check("model ready", await client.is_model_ready(url, "tiny"), True)
            check("unknown model", await client.is_model_ready(url, "x"), False)

            async def infer(name):
                tensor = InferInput("image", [1], "FP32", [0])
                response = await client.infer(url, InferRequest("tiny", [tensor]), model_name=name)
                check(name, response.model_name, "tiny")
                return response

            async def outputs(name):
                return (await infer(name)).outputs

            check("id", (await infer("infer-json")).id, "42")
            check("no id", (await infer("infer-mixed")).id, None)
            for name in ("infer-json", "infer-binary"):
                check(f"{name} numbers", (await outputs(name))[0].as_numpy(), NUMBERS)
            for name in ("infer-classification", "infer-classification-json"):
                check(f"{name} texts", list((await outputs(name))[0].as_numpy().flatten()), CLASSES)
            check("NaN in JSON", np.isnan((await outputs("infer-nan"))[0].as_numpy()).tolist(),
                  [[True, True, True, False]])
            check("NaN in binary", (await outputs("infer-nan-binary"))[0].as_numpy(), NOT_FINITE)
            numbers, logits, texts = await outputs("infer-mixed")
            check("mixed, binary", numbers.as_numpy(), NUMBERS)
            check("mixed, JSON", logits.as_numpy()[0, 3], 1)
            check("mixed, texts", list(texts.as_numpy()), ["ü", ""])

    asyncio.run(run())


listener = socket.create_server(("127.0.0.1", 0))
threading.Thread(target=serve, args=[listener], daemon=True).start()
{"tritonclient": tritonclient, "kserve": kserve}[sys.argv[1]]("127.0.0.1:%d" % listener.getsockname()[1])
sys.exit(wrong > 0)
