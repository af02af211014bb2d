"""Measures whether effnet takes longer if values become subnormal, that is smaller than 1.2e-38.

    python -m Benchmarks.subnormals [--models b0 v2-s] [--rounds 30]
        needs: numpy; the command effnet; EFFNET can set its path
"""
import argparse
import json
import os
import sys
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

try:
    import numpy  # noqa: F401
except ImportError as error:
    sys.exit(f"{error}: install numpy in a venv; make bench-subnormals PYTHON=venv/bin/python")

from ..common import effnet
from ..common.contestant import Contestant, order
from ..common.markdown import counted, table
from ..common.run import Notes, begin, heading
from . import training
from .values import kinds

THREADS = [1, 2]
MOST = 1.05  # ratio to ordinary values


def inference(files, model, threads, rounds):
    """Returns the milliseconds of one image for each kind of values, and the instruction set."""
    contestants = [Contestant(effnet.benchmark(model, 1, threads, weights=path)) for path in files.values()]
    for number in range(rounds):
        for contestant in order(contestants, number):
            contestant.turn()
    said = [contestant.close() for contestant in contestants]
    times = {kind: contestant.times for kind, contestant in zip(files, contestants)}
    return times, json.loads(said[0].splitlines()[-1])["instruction_set"]


def measure(options):
    note = Notes()
    run = begin("Benchmarks.subnormals", {}, note, os.getloadavg()[0])

    def add(model, task, times, largest):
        ordinary = times.pop("ordinary")
        for kind, found in times.items():
            ratios = [median(found) / median(ordinary), min(found) / min(ordinary)]
            run["results"].append({"network": model, "task": task, "kind": kind, "largest": largest[kind], "ratios": ratios})
            if ratios[0] > MOST:
                note(f"{model}, {task}, subnormal from the {kind}: ratio {ratios[0]:.3f}, above {MOST}")

    for model in options.models:
        with TemporaryDirectory() as folder:
            files, largest = kinds(model, Path(folder))
            for threads in THREADS:
                times, run["instruction_set"] = inference(files, model, threads, options.rounds)
                add(model, f"one image, {counted(threads, 'thread')}", times, largest)
            times = training.steps(files, model, options.training_rounds, Path(folder))
            add(model, f"training step, {counted(training.THREADS, 'thread')}", times, largest)
    return run


def markdown(run):
    rows = [[result["network"], result["task"], result["kind"], *(f"{value:.0e}" for value in result["largest"]),
             " / ".join(f"{ratio:.2f}" for ratio in result["ratios"])] for result in run["results"]]
    return "\n".join([
        "# Subnormal numbers", "",
        "Numbers closer to zero than 1.2e-38 are subnormal. Many processors take a hundred times as long for",
        "them; effnet's kernels count them as zero. Here the same network computes with ordinary values and",
        "with values that become subnormal from the stem, the middle or the end on: its weights are from a",
        "formula, without biases, and those of the stem are scaled down. The table has the largest value of",
        "three feature maps, as exact arithmetic has it. The ratio is the time with these values divided by",
        "the time with ordinary ones: of the medians, then of the minima. The runs take turns. The target is",
        f"at most {MOST}.", "", *heading(run, {}), "",
        *table(["network", "task", "subnormal from", "stem", "middle", "end", "ratio"], rows, left=3)]) + "\n"


def main():
    parser = argparse.ArgumentParser(prog="python -m Benchmarks.subnormals", description=__doc__.splitlines()[0])
    parser.add_argument("--models", nargs="+", default=["b0", "v2-s"], help="networks (default: b0 v2-s)")
    parser.add_argument("--rounds", type=int, default=30, help="runs of an image (default: 30)")
    parser.add_argument("--training-rounds", type=int, default=4, help="trainings (default: 4)")
    parser.add_argument("--output", type=Path, default=effnet.ROOT / "Docs/benchmarks", help="folder for subnormals.md")
    options = parser.parse_args()
    page = markdown(measure(options))
    options.output.mkdir(parents=True, exist_ok=True)
    (options.output / "subnormals.md").write_text(page)
    print(page, end="")


if __name__ == "__main__":
    main()
