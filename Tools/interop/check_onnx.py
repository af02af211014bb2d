"""Checks that ONNX Runtime gives the expected logits for an ONNX file.

    python check_onnx.py MODEL.onnx X.npy Y.npy [TOLERANCE]
        X.npy: the input, (n, channels, height, width); Y.npy: the expected logits, n × classes numbers
        needs: onnx 1.23 onnxruntime 1.32 numpy 2

The exit code is 0 if the file passes the full check, including shapes, and no logit differs from its
expected value by more than TOLERANCE (1e-4) of the largest one. The tests run this script if EFFNET_PYTHON names a
Python with these packages; interop.py uses its functions.
"""
import sys

import numpy as np
import onnx
import onnxruntime

TOLERANCE = 1e-4


def checked(path):
    """Returns the model of a file, after the full check and a strict inference of all shapes."""
    onnx.checker.check_model(path, full_check=True)
    model = onnx.load(path)
    onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True, data_prop=True)
    return model


def onnx_logits(path, x, batch):
    """Returns ONNX Runtime's logits of the images x, computed `batch` at a time."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    # Products of 8 bits saturate on some processors without this option.
    options.add_session_config_entry("session.x64quantprecision", "1")
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    parts = [x[start:start + batch] for start in range(0, len(x), batch)]
    return np.concatenate([session.run(["logits"], {"input": part})[0] for part in parts])


def relative_error(logits, expected):
    """Returns the largest difference of two arrays of logits, divided by the largest expected logit."""
    if logits.shape != expected.shape:
        raise ValueError(f"logits are {logits.shape}, expected {expected.shape}")
    expected = expected.astype(np.float64)
    return float(np.abs(logits - expected).max() / np.abs(expected).max())


def main(path, x_path, y_path, tolerance=TOLERANCE):
    model = checked(path)
    x = np.load(x_path).astype(np.float32)
    expected = np.load(y_path).reshape(len(x), -1)
    error = relative_error(onnx_logits(path, x, batch=len(x)), expected)
    print(f"{path}: opset {model.opset_import[0].version}, IR {model.ir_version}, "
          f"{len(model.graph.node)} nodes, {len(x)} images, relative error {error:.1e}")
    return 0 if error <= float(tolerance) else 1


if __name__ == "__main__":
    if len(sys.argv) not in (4, 5):
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
