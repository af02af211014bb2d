"""Measures other runtimes and effnet in turns, on the same networks and the same machine.

    python -m Benchmarks.peers [--models b0 b4] [--rounds 30]
        needs: the packages of Benchmarks/peers/requirements.txt (peers without their package are left out);
               the command effnet; EFFNET can set its path
"""
import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

try:
    import numpy  # noqa: F401
except ImportError as error:
    sys.exit(f"{error}: install Benchmarks/peers/requirements.txt in a venv; make bench-peers PYTHON=venv/bin/python")

from ..common import effnet, pages
from ..common.contestant import NotAvailable
from ..common.run import Notes, begin
from . import case, chart, files, report
from .contest import contest
from .runners import PEERS


def arguments():
    parser = argparse.ArgumentParser(prog="python -m Benchmarks.peers", description=__doc__.splitlines()[0])
    parser.add_argument("--models", nargs="+", default=case.MODELS, help="networks")
    parser.add_argument("--images", nargs="+", type=int, default=case.IMAGES, help="images per run")
    parser.add_argument("--threads", nargs="+", type=int, default=case.THREADS, help="threads")
    parser.add_argument("--precisions", nargs="+", choices=case.PRECISIONS, default=case.PRECISIONS,
                        help="number formats")
    parser.add_argument("--peers", nargs="+", choices=list(PEERS), default=list(PEERS), help="runtimes to measure")
    parser.add_argument("--rounds", type=int, default=30, help="most rounds of a case (default: 30)")
    parser.add_argument("--seconds", type=float, default=90, help="time limit of a case, after at least 5 rounds (default: 90)")
    parser.add_argument("--output", type=Path, default=effnet.ROOT / "Docs/benchmarks", help="folder for the pages and charts")
    parser.add_argument("--json", type=Path, help="file for all times")
    parser.add_argument("--read", type=Path, nargs="+", help="make the report from such files instead of measuring")
    return parser.parse_args()


def versions(names, note):
    """Returns the versions of the installed peers, each found in its own process to avoid conflicts."""
    found = {}
    for name in names:
        code = f"from Benchmarks.peers.runners import PEERS; print(PEERS['{name}'].version())"
        result = subprocess.run([sys.executable, "-c", code], cwd=effnet.ROOT, capture_output=True, text=True)
        if result.returncode == 0:
            found[name] = result.stdout.strip()
        else:
            note(f"{PEERS[name].NAME} is left out: {result.stderr.strip().splitlines()[-1]}")
    return found


def measure(options):
    """Returns all data of the report."""
    note = Notes()
    load = os.getloadavg()[0]
    found = versions(options.peers, note)
    if not found:
        sys.exit("no peer is installed: install Benchmarks/peers/requirements.txt in a venv; make bench-peers PYTHON=…")
    run = begin("Benchmarks.peers", found, note, load)
    cases = [case.Case(model, images, threads, precision) for precision in options.precisions
             for model in options.models for images in options.images for threads in options.threads]
    for one in cases:
        try:
            files.prepare(one.model, one.images)
            result = contest(one, found, options.rounds, options.seconds, note)
        except (NotAvailable, RuntimeError) as failure:
            note(f"{one} is not available: {failure}")
            continue
        run["instruction_set"] = result["instruction_set"]
        run["results"].append(result)
        write(run, options.json)
        print(report.line(result), file=sys.stderr, flush=True)
    return run


def joined(runs):
    """Joins several runs on one machine. The later result of a case counts."""
    run = dict(runs[-1])
    run["command"] = "`, `".join(one["command"] for one in runs)
    run["versions"] = {name: version for one in runs for name, version in one["versions"].items()}
    run["load"] = max(one["load"] for one in runs)
    run["notes"] = list(dict.fromkeys(note for one in runs for note in one["notes"]))
    results = {str(case.Case(**result["case"])): result for one in runs for result in one["results"]}
    places = {model: place for place, model in enumerate(case.MODELS)}
    run["results"] = sorted(results.values(), key=lambda result: (
        case.PRECISIONS.index(result["case"]["precision"]), places.get(result["case"]["model"], len(places)),
        result["case"]["images"], result["case"]["threads"]))
    return run


def write(run, path):
    """Saves the results so far, because a run takes long."""
    if path:
        path.write_text(json.dumps(run, indent=1) + "\n")


def main():
    options = arguments()
    run = joined([json.loads(path.read_text()) for path in options.read]) if options.read else measure(options)
    write(run, options.json)
    if not any(result["peers"] for result in run["results"]):
        sys.exit("no peer was measured")
    options.output.mkdir(parents=True, exist_ok=True)

    def picture(precision):
        return f"{pages.stem('peers', run)}-{precision}.svg"
    for precision in dict.fromkeys(result["case"]["precision"] for result in run["results"]):
        chart.draw([result for result in run["results"] if result["case"]["precision"] == precision],
                   options.output / picture(precision))
    page = report.markdown(run, picture)
    pages.write(options.output, "peers", run, page, report.overview)
    print(page, end="")


if __name__ == "__main__":
    main()
