"""Measures effnet serve and other model servers in turns, under the same load on the same machine.

    python -m Benchmarks.serve [--model lite0] [--rounds 3] [--seconds 20]
        needs: the packages of Benchmarks/serve/requirements.txt (peers without their package are left out);
               the command effnet with its weights (effnet pull lite0)
"""
import argparse
import json
import os
import sys
from importlib.metadata import PackageNotFoundError
from pathlib import Path

try:
    from . import photos
except ImportError as error:
    sys.exit(f"{error}: install Benchmarks/serve/requirements.txt in a venv; make bench-serve PYTHON=venv/bin/python")

from ..common import effnet, pages
from ..common.contestant import order
from ..common.run import Notes, begin
from . import report
from .contestants import CONTESTANTS, PEERS
from .peers import settings
from .server import NotStarted
from .turn import classify, processors, turn

FOLDER = effnet.ROOT / ".build/serve"


def arguments():
    parser = argparse.ArgumentParser(prog="python -m Benchmarks.serve", description=__doc__.splitlines()[0])
    parser.add_argument("--effnet", type=Path, default=effnet.COMMAND, help="the command (default: EFFNET, or .build/release/effnet)")
    parser.add_argument("--model", default="lite0", help="downloaded network (default: lite0)")
    parser.add_argument("--peers", nargs="*", choices=PEERS, default=PEERS, help="other servers to measure (default: all)")
    parser.add_argument("--photos", type=int, default=500, help="number of photos (default: 500)")
    parser.add_argument("--rounds", type=int, default=3, help="turns of each server (default: 3)")
    parser.add_argument("--seconds", type=float, default=20, help="duration of each open loop (default: 20)")
    parser.add_argument("--output", type=Path, default=effnet.ROOT / "Docs/benchmarks", help="folder for the pages")
    parser.add_argument("--json", type=Path, help="file for all figures")
    parser.add_argument("--read", type=Path, help="make the report from such a file instead of measuring")
    return parser.parse_args()


def versions(names, note):
    """Returns the versions of the servers that are installed."""
    found = {}
    for name in names:
        try:
            found[name] = CONTESTANTS[name].version()
        except PackageNotFoundError as missing:
            note(f"{CONTESTANTS[name].name} is left out: {missing.name} is not installed")
    return found


def measure(options):
    """Returns all data of the report."""
    note = Notes()
    load = os.getloadavg()[0]
    found = versions(options.peers, note)
    paths = photos.make(FOLDER / f"photos-{options.photos}", options.photos)
    settings.write(options.model, FOLDER / options.model)
    run = begin("Benchmarks.serve", found, note, load) | {
        "model": options.model, "photos": len(paths), "rounds": options.rounds, "seconds": options.seconds,
        "kilobytes": sum(path.stat().st_size for path in paths) / len(paths) / 1000, "processors": processors()}
    benchmark = effnet.effnet("benchmark", "--model", options.model, "--batch", 1, "--rounds", 1, "--json")
    run["instruction_set"] = json.loads(benchmark)["instruction_set"]
    side = json.loads(effnet.effnet("models", options.model, "--json"))["resolution"]
    for number in range(options.rounds):
        for name in order(["classify", "effnet", *found], number):
            try:
                if name == "classify":
                    result = classify(options.model, paths[0].parent)
                else:
                    result = turn(name, options.model, side, paths, FOLDER / options.model, options.seconds)
            except (NotStarted, RuntimeError, ConnectionError) as failure:
                note(f"{CONTESTANTS[name].name} has no result in round {number + 1}: {failure}")
                continue
            run["results"].append(result | {"round": number + 1})
            write(run, options.json)
            print(report.line(result), file=sys.stderr, flush=True)
    return run


def write(run, path):
    """Saves the results so far, because a run takes long."""
    if path:
        path.write_text(json.dumps(run, indent=1) + "\n")


def main():
    options = arguments()
    effnet.COMMAND = options.effnet.resolve()
    run = json.loads(options.read.read_text()) if options.read else measure(options)
    write(run, options.json)
    if not report.present(run):
        sys.exit("no server was measured")
    options.output.mkdir(parents=True, exist_ok=True)
    page = report.markdown(run)
    pages.write(options.output, "serve", run, page, report.overview)
    print(page, end="")


if __name__ == "__main__":
    main()
