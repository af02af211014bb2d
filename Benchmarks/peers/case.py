"""A case to measure: a network, a number of images, a number of threads and a precision."""
from dataclasses import dataclass

from ..common.markdown import counted

MODELS = ["b0", "b1", "b3", "b4", "b7", "lite0", "v2-s"]
IMAGES = [1, 16]
THREADS = [1, 2]
# "half": each program in the number format that is fastest for it. "int8": our fp32, too.
PRECISIONS = ["fp32", "bf16", "half", "int8"]


@dataclass(frozen=True)
class Case:
    model: str
    images: int  # per run
    threads: int
    precision: str

    def __str__(self):
        return f"{self.model}, {counted(self.images, 'image')}, {counted(self.threads, 'thread')}, {self.precision}"


@dataclass(frozen=True)
class Configuration:
    """A peer's configuration: parallel streams that each compute a batch of images at a time."""
    streams: int
    threads: int  # of one stream
    batch: int
    mode: str = ""  # another choice of the peer

    def __str__(self):
        streams = counted(self.threads, "thread")
        if self.streams > 1:
            streams = f"{counted(self.streams, 'stream')} of {streams}"
        return ", ".join([streams, f"batch {self.batch}"] + ([self.mode] if self.mode else []))


def shapes(case):
    """Returns the combinations of streams, threads and batch to try.

    One stream uses all threads, or each thread has its own stream, with large and small batches.
    """
    shapes = [(1, case.threads, case.images)]
    if case.images > 1:
        shapes.append((case.threads, 1, 1))
        if case.threads > 1:
            shapes.append((case.threads, 1, case.images // case.threads))
    return shapes
