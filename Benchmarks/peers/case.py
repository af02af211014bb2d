"""What is measured: a network on so many images with so many threads."""
from dataclasses import dataclass

from ..common.markdown import counted

MODELS = ["b0", "b1", "b3", "b4", "b7", "lite0", "v2-s"]
IMAGES = [1, 16]
THREADS = [1, 2]
PRECISIONS = ["fp32", "bf16"]


@dataclass(frozen=True)
class Case:
    model: str
    images: int  # that are there at once
    threads: int
    precision: str

    def __str__(self):
        return f"{self.model}, {counted(self.images, 'image')}, {counted(self.threads, 'thread')}, {self.precision}"


@dataclass(frozen=True)
class Configuration:
    """How a peer computes a case: streams that compute side by side, so many images at a time each."""
    streams: int
    threads: int  # of one stream
    batch: int
    mode: str = ""  # what else the peer can choose

    def __str__(self):
        streams = counted(self.threads, "thread")
        if self.streams > 1:
            streams = f"{counted(self.streams, 'stream')} of {streams}"
        return ", ".join([streams, f"batch {self.batch}"] + ([self.mode] if self.mode else []))


def shapes(case):
    """Streams, threads of each, and batch, everything worth a try: the network on all threads, or one on each thread,
    with large batches and small ones."""
    shapes = [(1, case.threads, case.images)]
    if case.images > 1:
        shapes.append((case.threads, 1, 1))
        if case.threads > 1:
            shapes.append((case.threads, 1, case.images // case.threads))
    return shapes
