"""The peers. A peer's `step` makes, of a case, a function that makes one training step and returns the loss."""
from collections.abc import Callable
from dataclasses import dataclass

from . import pytorch, tensorflow


@dataclass(frozen=True)
class Peer:
    name: str
    packages: list[str]  # that it needs; the first one's version counts
    step: Callable


PEERS = {
    "eager": Peer("PyTorch eager", ["torch", "timm"], pytorch.eager),
    "compiled": Peer("torch.compile", ["torch", "timm"], pytorch.compiled),
    "tensorflow": Peer("TensorFlow", ["tensorflow-cpu"], tensorflow.step),
}
