"""One case: effnet and each peer in its best configuration take turns, round by round."""
import json
import sys
import time
from dataclasses import asdict

import numpy as np

from ..common import effnet, machine
from ..common.contestant import Contestant, NotAvailable, order
from . import files
from .case import Configuration, shapes
from .runners import PEERS

FEWEST_ROUNDS = 5
TRIAL_ROUNDS = 3
LONG = 250  # milliseconds: longer runs need no warm-up
MOST_ERROR = 1e-3  # of fp32 logits, relative to the largest logit
TIE = 1.05  # configurations this close in the trial both take part; the better one counts


class Peer(Contestant):
    """A worker, with the error of its logits relative to ours."""

    def __init__(self, name, case, configuration):
        self.name, self.configuration = name, configuration
        path = files.FOLDER / f"{name}-logits.npy"
        path.unlink(missing_ok=True)
        job = {"peer": name, "case": asdict(case), "configuration": asdict(configuration), "logits": str(path)}
        super().__init__([sys.executable, "-m", "Benchmarks.peers.worker", json.dumps(job)], cwd=effnet.ROOT)
        ours = np.load(files.logits_of(case.model, case.images)).astype(np.float64)
        self.error = float(np.abs(np.load(path) - ours).max() / np.abs(ours).max())

    @property
    def result(self):
        return {"peer": self.name, "configuration": str(self.configuration), "error": self.error, "times": self.times}


def best_configurations(name, case, note):
    """Returns the running workers of a peer's fastest configuration, and of another one as good.

    The modes are tried first, with one stream; then the numbers of streams.
    """
    running = []

    def attempt(configuration):
        try:
            peer = Peer(name, case, configuration)
            for _ in range(1 if peer.last > 10_000 else TRIAL_ROUNDS):
                peer.turn(is_warm=peer.last < LONG)
        except NotAvailable as failure:
            note(f"{PEERS[name].NAME}, {configuration}: {failure}")
            return
        running.append(peer)
        running.sort(key=lambda peer: min(peer.times))
        for slower in running[:0:-1]:
            is_tie = min(slower.times) <= TIE * min(running[0].times)
            if not is_tie or len(running) > 2 or machine.free_memory() < 0.5:
                running.remove(slower)
                slower.close()

    first, *others = shapes(case)
    for mode in PEERS[name].MODES:
        attempt(Configuration(*first, mode))
    if running:
        mode = running[0].configuration.mode
        for shape in others:
            attempt(Configuration(*shape, mode))
    for peer in running:
        peer.times = []
    return running


def contest(case, peers, rounds, seconds, note):
    """Returns the times of effnet and the peers.

    Raises NotAvailable if effnet cannot compute the case.
    """
    command = effnet.benchmark(case.model, case.images, case.threads, case.precision, files.weights_of(case.model))
    contestants = [ours := Contestant(command)]
    try:
        for name in peers:
            if case.precision in PEERS[name].PRECISIONS:
                contestants += best_configurations(name, case, note)
        is_warm = min(contestant.last for contestant in contestants) < LONG
        start = time.monotonic()
        done = 0
        while done < rounds and (done < FEWEST_ROUNDS or time.monotonic() - start < seconds):
            for contestant in order(contestants, done):
                try:
                    contestant.turn(is_warm)
                except NotAvailable as failure:
                    if contestant is ours:
                        raise
                    note(f"{PEERS[contestant.name].NAME}, {contestant.configuration}, {case}: {failure}")
                    contestants.remove(contestant)
            done += 1
    finally:
        said = [contestant.close() for contestant in contestants]
    for peer in contestants[1:]:
        if case.precision == "fp32" and not peer.error <= MOST_ERROR:
            note(f"{PEERS[peer.name].NAME}, {case}: its logits differ from ours by {peer.error:.0e} of the largest")
    report = json.loads(said[0].splitlines()[-1])
    if report["precision"] != case.precision:
        raise NotAvailable(f"effnet computed in {report['precision']}")
    return {
        "case": asdict(case), "rounds": done, "ours": {"times": ours.times},
        "instruction_set": report["instruction_set"], "peak_gflops": report["peak_gflops"],
        "peers": best_of_each([peer.result for peer in contestants[1:]]),
    }


def best_of_each(results):
    """Returns one result for each peer: that of the configuration with the better median."""
    best = {}
    for result in sorted(results, key=lambda result: np.median(result["times"]), reverse=True):
        best[result["peer"]] = result
    return [best[name] for name in PEERS if name in best]
