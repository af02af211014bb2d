"""ONNX Runtime, on the ONNX file of effnet convert, or in int8 on what its own quantizer makes of it."""
NAME = "ONNX Runtime"
PRECISIONS = ["fp32", "half", "int8"]


def version():
    import onnxruntime
    return onnxruntime.__version__


def modes(precision, streams, threads):
    """Returns what idle threads do, or how streams share a session."""
    if threads > 1:
        return ["spinning", "sleeping", "parallel execution"]
    return ["one session", "a session each"] if streams > 1 else [""]


def streams(model, configuration, images, precision):
    import onnxruntime
    from .. import files, quantized
    make = quantized.onnxruntime if precision == "int8" else files.onnx
    path = str(make(model, configuration.batch))
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = configuration.threads
    options.inter_op_num_threads = 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    if configuration.mode == "parallel execution":
        options.execution_mode = onnxruntime.ExecutionMode.ORT_PARALLEL
        options.inter_op_num_threads = configuration.threads
    spinning = "0" if configuration.mode == "sleeping" else "1"  # a turn ends when spinning threads sleep
    options.add_session_config_entry("session.intra_op.allow_spinning", spinning)
    options.add_session_config_entry("session.set_denormal_as_zero", "1")

    def session():
        # The CPU provider has 16-bit convolutions for ARM only.
        return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    count = configuration.streams
    sessions = [session() for _ in range(count)] if configuration.mode == "a session each" else [session()] * count
    return "int8" if precision == "int8" else "fp32", [stream(session) for session in sessions]


def stream(session):
    name = session.get_inputs()[0].name
    return lambda part: session.run(None, {name: part})[0]
