"""Measures training steps of PyTorch, TensorFlow and effnet in turns, on the same networks and this machine.

    python -m Benchmarks.train [--cases b0:224 lite0:128:bf16] [--rounds 20]
        needs: torch, timm and a C++ compiler, and tensorflow-cpu (peers whose package is missing are left out);
               the command effnet, whose path EFFNET may name
"""
import argparse
import importlib.metadata
import json
import os
import sys
from pathlib import Path

from ..common import effnet
from ..common.contestant import NotAvailable
from ..common.run import Notes, begin
from . import chart, report
from .case import Case
from .contest import contest
from .runners import PEERS


def arguments():
    parser = argparse.ArgumentParser(prog="python -m Benchmarks.train", description=__doc__.splitlines()[0])
    parser.add_argument("--cases", nargs="+", type=network_at, metavar="NETWORK:RESOLUTION[:bf16]",
                        default=[(*network, precision) for precision in ("fp32", "bf16")
                                 for network in (("b0", 224), ("b0", 128), ("lite0", 224), ("lite0", 128))])
    parser.add_argument("--images", type=int, default=16, help="of one step")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--peers", nargs="+", choices=list(PEERS), default=list(PEERS))
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=120, help="of one case, after which its rounds end (not before 5)")
    parser.add_argument("--output", type=Path, default=effnet.ROOT / "Docs/benchmarks", help="folder for train.md, .svg")
    parser.add_argument("--json", type=Path, help="a file for all times")
    parser.add_argument("--read", type=Path, help="such a file, of which the report is made: nothing runs")
    return parser.parse_args()


def network_at(text):
    """For instance ("b0", 224, "fp32"), of "b0:224"."""
    parts = text.split(":")
    name, resolution, precision = parts if len(parts) == 3 else [*parts, "fp32"]
    if not name or precision not in ("fp32", "bf16"):
        raise ValueError(text)
    return name, int(resolution), precision


def versions(names, note):
    """The versions of the peers that are installed."""
    found = {}
    for name in names:
        try:
            found[name] = [importlib.metadata.version(package) for package in PEERS[name].packages][0]
        except importlib.metadata.PackageNotFoundError as missing:
            note(f"{PEERS[name].name} is left out: {missing.name} is not installed")
    return found


def measure(options):
    """Everything that the report says."""
    note = Notes()
    load = os.getloadavg()[0]
    found = versions(options.peers, note)
    if not found:
        sys.exit("no peer is installed: install torch and timm in a venv; make bench-peers-train PYTHON=venv/bin/python")
    run = begin("Benchmarks.train", found, note, load)
    for model, resolution, precision in options.cases:
        case = Case(model, resolution, options.images, options.threads, precision)
        try:
            result = contest(case, found, options.rounds, options.seconds, note)
        except NotAvailable as failure:
            note(f"{case} is not available: {failure}")
            continue
        run["instruction_set"] = result["instruction_set"]
        run["results"].append(result)
        print(report.line(result), file=sys.stderr, flush=True)
    return run


def main():
    options = arguments()
    run = json.loads(options.read.read_text()) if options.read else measure(options)
    if options.json:
        options.json.write_text(json.dumps(run, indent=1) + "\n")
    if not report.present(run["results"]):
        sys.exit("no peer was measured")
    options.output.mkdir(parents=True, exist_ok=True)
    chart.draw(run["results"], options.output / "train.svg")
    page = report.markdown(run)
    (options.output / "train.md").write_text(page)
    print(page, end="")


if __name__ == "__main__":
    main()
