"""Measures how effnet's cost grows with the batch size and with the network.

    python -m Benchmarks.curves [--rounds 30]
        needs: the command effnet; EFFNET can set its path
"""
import argparse
import json
import os
import sys
from pathlib import Path
from statistics import median

from ..common import effnet, machine
from ..common.contestant import Contestant
from ..common.markdown import counted, table
from .chart import draw

THREADS = [1, 2]
BATCHES = [1, 2, 4, 8, 16, 32, 64]
NETWORKS = ["b0", "b1", "b2", "b3", "b4", "b5", "b6", "b7"]


def turns(jobs, rounds):
    """Returns the median milliseconds of each job, (network, images, threads). Jobs take turns."""
    contestants = {job: Contestant(effnet.benchmark(*job)) for job in jobs}
    for number in range(rounds):
        order = list(contestants.values())
        shift = number % len(order)
        for contestant in order[shift:] + order[:shift]:
            contestant.turn()
    for contestant in contestants.values():
        contestant.close()
    return {job: median(contestant.times) for job, contestant in contestants.items()}


def measure(options):
    batches = turns([(options.model, batch, threads) for batch in options.batches for threads in THREADS],
                    options.rounds)
    networks = turns([(model, 1, threads) for model in options.networks for threads in THREADS], options.rounds)
    macs = {model: effnet.summary(model)["macs"] / 1e9 for model in options.networks}
    return {
        "machine": machine.machine(), "date": machine.today(), "version": effnet.version(), "rounds": options.rounds,
        "command": os.environ.get("BENCH_COMMAND") or "python -m Benchmarks.curves " + " ".join(sys.argv[1:]),
        "model": options.model,
        "batches": [{"batch": batch, "ms_per_image": [batches[options.model, batch, threads] / batch for threads in THREADS]}
                    for batch in options.batches],
        "networks": [{"network": model, "gmacs": macs[model],
                      "ms_per_gmac": [networks[model, 1, threads] / macs[model] for threads in THREADS]}
                     for model in options.networks],
    }


def markdown(run):
    heads = [counted(threads, "thread") for threads in THREADS]

    def rows(items, name, values):
        """Returns the milliseconds, and their ratio to the first line."""
        first = items[0][values]
        return [[*(item[key] if key != "gmacs" else f"{item[key]:.2f}" for key in name),
                 *(f"{value:.2f} ({value / start:.2f})" for value, start in zip(item[values], first))] for item in items]
    return "\n".join([
        "# Growth of the cost", "",
        "Medians of runs that took turns; in brackets, relative to the first line. Compare numbers of one table only.", "",
        f"- machine: {machine.words(run['machine'])}", f"- {run['version']}, fp32, {counted(run['rounds'], 'round')}",
        f"- command: `{run['command']}`, {run['date']}", "", "![Curves](curves.svg)", "",
        f"## By batch: {run['model']}, milliseconds per image", "",
        *table(["images", *heads], rows(run["batches"], ["batch"], "ms_per_image")), "",
        "## By network: milliseconds per GMAC, one image", "",
        *table(["network", "GMAC", *heads], rows(run["networks"], ["network", "gmacs"], "ms_per_gmac"))]) + "\n"


def main():
    parser = argparse.ArgumentParser(prog="python -m Benchmarks.curves", description=__doc__.splitlines()[0])
    parser.add_argument("--model", default="b0", help="network for the batch sizes (default: b0)")
    parser.add_argument("--batches", nargs="+", type=int, default=BATCHES, help="batch sizes")
    parser.add_argument("--networks", nargs="+", default=NETWORKS, help="networks, measured on one image")
    parser.add_argument("--rounds", type=int, default=30, help="runs of each job (default: 30)")
    parser.add_argument("--output", type=Path, default=effnet.ROOT / "Docs/benchmarks", help="folder for curves.md and curves.svg")
    parser.add_argument("--json", type=Path, help="file for the numbers")
    options = parser.parse_args()
    run = measure(options)
    if options.json:
        options.json.write_text(json.dumps(run, indent=1) + "\n")
    options.output.mkdir(parents=True, exist_ok=True)
    draw(run, THREADS, options.output / "curves.svg")
    page = markdown(run)
    (options.output / "curves.md").write_text(page)
    print(page, end="")


if __name__ == "__main__":
    main()
