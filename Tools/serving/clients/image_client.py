"""A client that reads everything it needs from the server, as NVIDIA's image_client.py does.

    python image_client.py HOST:PORT MODEL PHOTO [CLASSES]

It demands the same of metadata and configuration: one input, one output, FP32, three dimensions of a
known order besides the batch, a vector of classes.
"""
import sys

import numpy as np
import tritonclient.http as http
from PIL import Image


def demand(condition, text):
    if not condition:
        raise ValueError(text)


def input_of(metadata, configuration):
    """Returns name, datatype, order and side lengths of the image that a model wants."""
    demand(len(metadata["inputs"]) == 1, f"{len(metadata['inputs'])} inputs, expected 1")
    demand(len(metadata["outputs"]) == 1, f"{len(metadata['outputs'])} outputs, expected 1")
    demand(len(configuration["input"]) == 1, f"{len(configuration['input'])} inputs in the configuration, expected 1")
    batches = configuration["max_batch_size"] > 0
    result, output, image = metadata["inputs"][0], metadata["outputs"][0], configuration["input"][0]
    demand(output["datatype"] == "FP32", f"output {output['name']} is {output['datatype']}, expected FP32")
    sizes = output["shape"][1:] if batches else output["shape"]
    demand(sum(size > 1 for size in sizes) == 1, f"output {output['name']} is {sizes}, expected a vector")
    shape = result["shape"][1:] if batches else result["shape"]
    demand(len(shape) == 3, f"input {result['name']} has {len(shape)} dimensions, expected 3")
    demand(image["format"] in ("FORMAT_NHWC", "FORMAT_NCHW"), f"format {image['format']} is unknown")
    order = image["format"].removeprefix("FORMAT_")
    height, width = shape[:2] if order == "NHWC" else shape[1:]
    demand(shape[2 if order == "NHWC" else 0] in (1, 3), f"{shape}: expected 1 or 3 channels")
    return result["name"], result["datatype"], order, height, width, batches


def classified(client, model, path, classes):
    """Returns the classes of a photo as (value, index, label)."""
    metadata = client.get_model_metadata(model)
    name, datatype, order, height, width, batches = input_of(metadata, client.get_model_config(model))
    with Image.open(path) as image:
        pixels = np.asarray(image.convert("RGB").resize((width, height), Image.Resampling.BILINEAR), np.float32)
    values = pixels / 127.5 - 1
    values = values if order == "NHWC" else values.transpose(2, 0, 1)
    values = values[None] if batches else values
    image = http.InferInput(name, list(values.shape), datatype)
    image.set_data_from_numpy(np.ascontiguousarray(values))
    output = metadata["outputs"][0]["name"]
    found = client.infer(model, [image], outputs=[http.InferRequestedOutput(output, class_count=classes)]).as_numpy(output)
    demand(found.shape == (1, classes), f"classification is {found.shape}, expected (1, {classes})")
    parts = [word.decode().split(":") for word in found[0]]
    demand(all(len(part) == 3 for part in parts), f"{parts[0]}: expected value:index:label")
    return [(float(value), int(index), label) for value, index, label in parts]


def checks(server, options):
    from interop import require
    client = http.InferenceServerClient(f"{server.host}:{server.port}")

    def classes():
        for path in server.photos:
            found = classified(client, server.model, path, 3)
            likely = [one["index"] for one in server.predictions[path][:5]]  # its preprocessing is another one
            require(found[0][1] in likely, f"{path.name} is {found[0]}, expected one of {likely}")
        return f"{path.name}: {found[0][2]} {found[0][0]:.2f}"
    yield "metadata, configuration, three classes", classes


if __name__ == "__main__":
    if len(sys.argv) not in (4, 5):
        sys.exit(__doc__)
    address, model, path, *count = sys.argv[1:]
    for value, index, label in classified(http.InferenceServerClient(address), model, path, int(count[0]) if count else 3):
        print(f"{value:.6f} ({index}) = {label}")
