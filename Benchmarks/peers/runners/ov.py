"""OpenVINO, on the ONNX file of effnet convert, or in int8 on what NNCF or ONNX Runtime make of it.

Streams are parallel requests.
"""
NAME = "OpenVINO"
PRECISIONS = ["fp32", "bf16", "half", "int8"]
HINTS = {"fp32": "f32", "bf16": "bf16", "fp16": "f16"}  # our names of the number formats, and OpenVINO's
INT8 = ["NNCF's file", "ONNX Runtime's file"]


def version():
    import openvino
    return openvino.__version__.split("-")[0]


def modes(precision, streams, threads):
    """Returns the number formats, or the int8 files, to try."""
    if precision == "int8":
        return INT8
    return ["default precision", *HINTS] if precision == "half" else [""]


def streams(model, configuration, images, precision):
    import openvino
    from .. import files, quantized
    options = {
        "PERFORMANCE_HINT": "LATENCY" if configuration.streams == 1 else "THROUGHPUT",
        "NUM_STREAMS": configuration.streams,
        "INFERENCE_NUM_THREADS": configuration.streams * configuration.threads}
    make = files.onnx
    if precision == "int8":
        make = quantized.nncf if configuration.mode == INT8[0] else quantized.onnxruntime
        options["INFERENCE_PRECISION_HINT"] = "f32"
    elif configuration.mode != "default precision":
        options["INFERENCE_PRECISION_HINT"] = HINTS[configuration.mode or precision]
    compiled = openvino.Core().compile_model(make(model, configuration.batch), "CPU", options)
    return numbers(compiled), [stream(compiled.create_infer_request()) for _ in range(configuration.streams)]


def numbers(compiled):
    """Returns the number formats of the convolutions that run, or int8 if some run in it."""
    nodes = [node.get_rt_info() for node in compiled.get_runtime_model().get_ops()]
    found = {node["runtimePrecision"].astype(str) for node in nodes if node["layerType"].astype(str) == "Convolution"}
    if found & {"u8", "i8"}:
        return "int8"
    return " and ".join(name for name, hint in HINTS.items() if hint in found)


def stream(request):
    return lambda part: request.infer([part], share_inputs=True, share_outputs=False)[0]
