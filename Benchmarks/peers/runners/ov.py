"""OpenVINO, on the ONNX file of effnet convert. Streams are parallel requests."""
NAME = "OpenVINO"
PRECISIONS = ["fp32", "bf16", "half"]
HINTS = {"fp32": "f32", "bf16": "bf16", "fp16": "f16"}  # our names of the number formats, and OpenVINO's


def version():
    import openvino
    return openvino.__version__.split("-")[0]


def modes(precision, streams, threads):
    """Returns the number formats to try."""
    return ["default precision", *HINTS] if precision == "half" else [""]


def streams(model, configuration, images, precision):
    import openvino
    from .. import files
    options = {
        "PERFORMANCE_HINT": "LATENCY" if configuration.streams == 1 else "THROUGHPUT",
        "NUM_STREAMS": configuration.streams,
        "INFERENCE_NUM_THREADS": configuration.streams * configuration.threads}
    if configuration.mode != "default precision":
        options["INFERENCE_PRECISION_HINT"] = HINTS[configuration.mode or precision]
    compiled = openvino.Core().compile_model(files.onnx(model, configuration.batch), "CPU", options)
    return numbers(compiled), [stream(compiled.create_infer_request()) for _ in range(configuration.streams)]


def numbers(compiled):
    """Returns the number formats of the convolutions that run."""
    nodes = [node.get_rt_info() for node in compiled.get_runtime_model().get_ops()]
    found = {node["runtimePrecision"].astype(str) for node in nodes if node["layerType"].astype(str) == "Convolution"}
    return " and ".join(name for name, hint in HINTS.items() if hint in found)


def stream(request):
    return lambda part: request.infer([part], share_inputs=True, share_outputs=False)[0]
