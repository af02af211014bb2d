"""The peers. Each module has a NAME, the PRECISIONS and MODES it can compute in, its `version()`, and
`streams(model, configuration, images, precision)`: functions from images to logits that may run side by side."""
from . import litert, ort, ov, pytorch

PEERS = {"onnxruntime": ort, "openvino": ov, "litert": litert, "pytorch": pytorch}
