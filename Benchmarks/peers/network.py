"""A network as effnet describes it, with weights from a formula (Tools/reference/formula.py), without downloads."""
import re
import sys
from dataclasses import dataclass

from ..common.effnet import ROOT, summary

sys.path.insert(0, str(ROOT / "Tools/reference"))
import formula  # noqa: E402


@dataclass(frozen=True)
class Layer:
    name: str
    operation: str  # "conv", "depthwise", "batch norm", "linear", "average pool", "scale", "add", or an activation
    inputs: int
    outputs: int
    kernel: int = 1
    stride: int = 1
    has_bias: bool = False

    @property
    def block(self):
        """The layer's block, such as "blocks.0.0", or None."""
        found = re.match(r"blocks\.\d+\.\d+", self.name)
        return found and found[0]

    @property
    def shapes(self):
        """The shapes of the layer's tensors by name, in PyTorch's order of axes."""
        if self.operation == "batch norm":
            parts = {part: (self.outputs,) for part in ("weight", "bias", "running_mean", "running_var")}
        elif self.operation in ("conv", "depthwise", "linear"):
            inputs = 1 if self.operation == "depthwise" else self.inputs
            window = () if self.operation == "linear" else (self.kernel, self.kernel)
            parts = {"weight": (self.outputs, inputs, *window)}
            if self.has_bias:
                parts["bias"] = (self.outputs,)
        else:
            parts = {}
        return {f"{self.name}.{part}": shape for part, shape in parts.items()}


def network(model):
    """Returns the side of the images and the layers."""
    description = summary(model)
    layers, channels = [], description["input"][2]
    for item in description["layers"]:
        found = re.fullmatch(r"(conv|depthwise) (\d+)×\d+(?: /(\d+))?", item["operation"])
        operation, kernel, stride = found.groups() if found else (item["operation"], 1, 1)
        if operation.startswith(("dropout", "stochastic depth")):  # they do nothing at inference
            continue
        outputs = item["output"][2]
        weights = outputs * (1 if operation == "depthwise" else channels) * int(kernel) ** 2
        layers.append(Layer(item["name"], operation, channels, outputs, int(kernel), int(stride or 1),
                            has_bias=item["parameters"] > weights))
        channels = outputs
    return description["input"][0], layers


def weights(layers):
    """Returns all tensors by name."""
    return {name: formula.tensor(name, shape) for layer in layers for name, shape in layer.shapes.items()}


def images(count, side):
    return formula.image(count, side, side)
