"""Runs one peer in one configuration, once for each line on standard input.

    python -m Benchmarks.peers.worker '{"peer": "openvino", "case": {…}, "configuration": {…}, "logits": "y.npy"}'

Prints {"numbers": …}, the number format that it computes in, and "ready", or {"error": …}, then the
milliseconds of each run. The logits go to a file.
"""
import json
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from . import files
from .case import Case, Configuration
from .runners import PEERS


class Work:
    """Runs all images of a case through a peer's streams: the next free stream takes the next part."""

    def __init__(self, streams, images, batch):
        self.streams = streams
        self.parts = [images[start:start + batch] for start in range(0, len(images), batch)]
        self.pool = ThreadPoolExecutor(len(streams)) if len(streams) > 1 else None

    def first_run(self):
        """Runs each stream alone: simultaneous first calls can deadlock (OpenVINO's Python binding)."""
        for stream in self.streams:
            stream(self.parts[0])

    def run(self):
        logits = [None] * len(self.parts)
        todo = iter(range(len(self.parts)))

        def work(stream):
            for index in todo:
                logits[index] = stream(self.parts[index])
        if self.pool:
            list(self.pool.map(work, self.streams))
        else:
            work(self.streams[0])
        return np.concatenate(logits) if len(logits) > 1 else logits[0]


def prepared(job):
    """Returns the number format that the peer computes in, and its work."""
    case, configuration = Case(**job["case"]), Configuration(**job["configuration"])
    peer = PEERS[job["peer"]]
    images = np.load(files.images_of(case.model, case.images))
    numbers, streams = peer.streams(case.model, configuration, images, case.precision)
    arranged = getattr(peer, "arranged", np.ascontiguousarray)
    return numbers, Work(streams, arranged(images), configuration.batch)


def main(job):
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # keeps the libraries' output out of the answers
    try:
        numbers, work = prepared(job)
        work.first_run()
        np.save(job["logits"], work.run())
    except Exception as error:
        text = str(error).strip().splitlines()[0] if str(error).strip() else ""
        answers.write(json.dumps({"error": f"{type(error).__name__}: {text}"}) + "\n")
        return
    answers.write(json.dumps({"numbers": numbers}) + "\nready\n")
    for _ in sys.stdin:
        start = time.perf_counter()
        work.run()
        answers.write(f"{(time.perf_counter() - start) * 1000}\n")


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
