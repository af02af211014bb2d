"""What is measured: a training step of a network, on so many images of so many pixels, with so many threads, in fp32 or bf16."""
from dataclasses import dataclass

from ..common.markdown import counted


@dataclass(frozen=True)
class Case:
    model: str
    resolution: int
    images: int  # of one step
    threads: int
    precision: str = "fp32"

    def __str__(self):
        return f"{self.name}, {counted(self.images, 'image')}, {counted(self.threads, 'thread')}"

    @property
    def name(self):
        return f"{self.model} at {self.resolution}" + (f", {self.precision}" if self.precision != "fp32" else "")


DROP = 0.2  # dropout, and the stochastic depth of the last block, of B0 and Lite0 in the paper's recipe
RATE, MOMENTUM, DECAY, SMOOTHING = 1e-4, 0.9, 1e-5, 0.1  # a rate so small that noise is never learned
CLASSES = 1000
