"""Measures training steps of PyTorch, TensorFlow and effnet in turns, on the same networks and machine.

    python -m Benchmarks.train [--cases b0:224 lite0:128:bf16] [--rounds 20]
        needs: torch, timm and a C++ compiler, and tensorflow-cpu (peers without their package are left out);
               the command effnet; EFFNET can set its path
"""
import argparse
import importlib.metadata
import json
import os
import sys
from pathlib import Path

from ..common import effnet, pages
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
    parser.add_argument("--images", type=int, default=16, help="images per step (default: 16)")
    parser.add_argument("--threads", type=int, default=2, help="threads (default: 2)")
    parser.add_argument("--peers", nargs="+", choices=list(PEERS), default=list(PEERS), help="frameworks to measure")
    parser.add_argument("--rounds", type=int, default=20, help="most rounds of a case (default: 20)")
    parser.add_argument("--seconds", type=float, default=120, help="time limit of a case, after at least 5 rounds (default: 120)")
    parser.add_argument("--output", type=Path, default=effnet.ROOT / "Docs/benchmarks", help="folder for the pages and charts")
    parser.add_argument("--json", type=Path, help="file for all times")
    parser.add_argument("--read", type=Path, help="make the report from such a file instead of measuring")
    return parser.parse_args()


def network_at(text):
    """Parses "b0:224", for example, as ("b0", 224, "fp32")."""
    parts = text.split(":")
    name, resolution, precision = parts if len(parts) == 3 else [*parts, "fp32"]
    if not name or precision not in ("fp32", "bf16"):
        raise ValueError(text)
    return name, int(resolution), precision


def versions(names, note):
    """Returns the versions of the installed peers."""
    found = {}
    for name in names:
        try:
            found[name] = [importlib.metadata.version(package) for package in PEERS[name].packages][0]
        except importlib.metadata.PackageNotFoundError as missing:
            note(f"{PEERS[name].name} is left out: {missing.name} is not installed")
    return found


def measure(options):
    """Returns all data of the report."""
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
    picture = f"{pages.stem('train', run)}.svg"
    chart.draw(run["results"], options.output / picture)
    page = report.markdown(run, picture)
    pages.write(options.output, "train", run, page, report.overview)
    print(page, end="")


if __name__ == "__main__":
    main()
