"""A case to measure: one training step by network, resolution, images, threads and precision."""
from dataclasses import dataclass

from ..common.markdown import counted


@dataclass(frozen=True)
class Case:
    model: str
    resolution: int
    images: int  # per step
    threads: int
    precision: str = "fp32"

    def __str__(self):
        return f"{self.name}, {counted(self.images, 'image')}, {counted(self.threads, 'thread')}"

    @property
    def name(self):
        return f"{self.model} at {self.resolution}" + (f", {self.precision}" if self.precision != "fp32" else "")


DROP = 0.2  # dropout and the last block's stochastic depth, for B0 and Lite0 in the paper's recipe
RATE, MOMENTUM, DECAY, SMOOTHING = 1e-4, 0.9, 1e-5, 0.1  # the rate is so small that the networks do not learn the noise
CLASSES = 1000
