"""LiteRT with XNNPACK, on a .tflite file that TensorFlow writes. Each stream has its own interpreter."""
NAME = "LiteRT"
PRECISIONS = ["fp32", "half"]


def version():
    import ai_edge_litert  # noqa: F401
    from importlib.metadata import version
    return version("ai-edge-litert")


def modes(precision, streams, threads):
    return [""]


def streams(model, configuration, images, precision):
    from ai_edge_litert.interpreter import Interpreter
    from .. import files
    # XNNPACK computes in fp32, also from files with weights and accumulation in fp16.
    path = str(files.tflite(model, configuration.batch))
    return "fp32", [stream(Interpreter(path, num_threads=configuration.threads)) for _ in range(configuration.streams)]


def stream(interpreter):
    interpreter.allocate_tensors()
    start, end = interpreter.get_input_details()[0]["index"], interpreter.get_output_details()[0]["index"]

    def run(part):
        interpreter.set_tensor(start, part)
        interpreter.invoke()
        return interpreter.get_tensor(end)
    return run


def arranged(images):
    """Returns the images in the network's layout: (n, height, width, channels)."""
    import numpy
    return numpy.ascontiguousarray(images.transpose(0, 2, 3, 1))
