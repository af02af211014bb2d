"""The peers. A peer's `step` returns, for a case, a function that makes one step and returns the loss."""
from collections.abc import Callable
from dataclasses import dataclass

from . import pytorch, tensorflow


@dataclass(frozen=True)
class Peer:
    name: str
    packages: list[str]  # required packages; the first one's version is reported
    step: Callable


PEERS = {
    "eager": Peer("PyTorch eager", ["torch", "timm"], pytorch.eager),
    "compiled": Peer("torch.compile", ["torch", "timm"], pytorch.compiled),
    "tensorflow": Peer("TensorFlow", ["tensorflow-cpu"], tensorflow.step),
}
