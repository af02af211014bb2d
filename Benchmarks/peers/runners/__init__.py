"""The peers. Each module has a NAME, its PRECISIONS, `version()`, and

- `modes(precision, streams, threads)`: further choices to try, as words;
- `streams(model, configuration, images, precision)`: the number format that the peer computes in, and
  functions from images to logits that may run in parallel. effnet itself, in another format, has none.
"""
from . import floats, litert, ort, ov, pytorch

PEERS = {"onnxruntime": ort, "openvino": ov, "litert": litert, "pytorch": pytorch, "effnet": floats}
