"""The peers. Each module has a NAME, its PRECISIONS and MODES, `version()`, and
`streams(model, configuration, images, precision)`, which returns functions from images to logits that
may run in parallel."""
from . import litert, ort, ov, pytorch

PEERS = {"onnxruntime": ort, "openvino": ov, "litert": litert, "pytorch": pytorch}
