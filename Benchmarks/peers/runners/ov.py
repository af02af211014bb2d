"""OpenVINO, on the ONNX file of effnet convert. Streams are parallel requests."""
NAME = "OpenVINO"
PRECISIONS = ["fp32", "bf16"]
MODES = [""]


def version():
    import openvino
    return openvino.__version__.split("-")[0]


def streams(model, configuration, images, precision):
    import openvino
    from .. import files
    compiled = openvino.Core().compile_model(files.onnx(model, configuration.batch), "CPU", {
        "PERFORMANCE_HINT": "LATENCY" if configuration.streams == 1 else "THROUGHPUT",
        "INFERENCE_PRECISION_HINT": {"fp32": "f32", "bf16": "bf16"}[precision],
        "NUM_STREAMS": configuration.streams,
        "INFERENCE_NUM_THREADS": configuration.streams * configuration.threads})
    return [stream(compiled.create_infer_request()) for _ in range(configuration.streams)]


def stream(request):
    return lambda part: request.infer([part], share_inputs=True, share_outputs=False)[0]
