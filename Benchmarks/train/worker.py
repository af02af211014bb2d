"""Runs one peer, one training step for each line on standard input.

    python -m Benchmarks.train.worker compiled '{"model": "b0", "resolution": 224, "images": 16, "threads": 2}'

Prints "ready" or {"error": …}, then the milliseconds of each step, and at the end {"peak_memory_mb": …}.
"""
import json
import math
import os
import resource
import sys
import time

from ..common.contestant import NotAvailable
from .case import Case
from .runners import PEERS


def prepared(peer, case):
    """Returns the step, after steps that compile graphs and allocate memory."""
    step = PEERS[peer].step(case)
    losses = [step() for _ in range(3)]
    if not all(map(math.isfinite, losses)):
        raise ArithmeticError(f"the losses are {losses}")
    return step


def main(peer, case):
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # keeps the libraries' output out of the answers
    try:
        step = prepared(peer, case)
    except Exception as error:
        text = str(error).strip().splitlines()[0] if str(error).strip() else ""
        kind = "" if isinstance(error, NotAvailable) else f"{type(error).__name__}: "
        answers.write(json.dumps({"error": kind + text}) + "\n")
        return
    answers.write("ready\n")
    for _ in sys.stdin:
        start = time.perf_counter()
        step()
        answers.write(f"{(time.perf_counter() - start) * 1000}\n")
    answers.write(json.dumps({"peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6}) + "\n")


if __name__ == "__main__":
    main(sys.argv[1], Case(**json.loads(sys.argv[2])))
