"""ONNX Runtime, on the ONNX file of effnet convert. Streams call one session on their own threads."""
NAME = "ONNX Runtime"
PRECISIONS = ["fp32"]
MODES = [""]


def version():
    import onnxruntime
    return onnxruntime.__version__


def streams(model, configuration, images, precision):
    import onnxruntime
    from .. import files
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = configuration.threads
    options.inter_op_num_threads = 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    # Spinning threads are fastest. A turn ends when they sleep.
    options.add_session_config_entry("session.intra_op.allow_spinning", "1")
    options.add_session_config_entry("session.set_denormal_as_zero", "1")
    session = onnxruntime.InferenceSession(
        str(files.onnx(model, configuration.batch)), options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return [lambda part: session.run(None, {name: part})[0]] * configuration.streams
