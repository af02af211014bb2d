"""One case: effnet and each peer in its best configuration take turns, round by round."""
import json
import sys
import time
from dataclasses import asdict

import numpy as np

from ..common import effnet, machine
from ..common.contestant import Contestant, NotAvailable, order
from ..common.markdown import counted
from . import files, quantized
from .case import Configuration, shapes
from .runners import PEERS

FEWEST_ROUNDS = 5
TRIAL_ROUNDS = 3
MOST_IN_TRIAL = 1.3  # a configuration whose first run takes this many times the fastest time is not tried further
LONG = 250  # milliseconds: longer runs need no warm-up, and one run is enough for a trial
MOST_ERROR = 1e-3  # of logits computed in fp32, relative to the largest logit
TIE = 1.05  # configurations this close in the trial both take part; the better one counts


class Floats(Contestant):
    """effnet in fp32."""

    def __init__(self, case):
        self.name, self.configuration, self.numbers, self.error = "effnet", counted(case.threads, "thread"), "fp32", 0.0
        super().__init__(effnet.benchmark(case.model, case.images, case.threads, "fp32", files.weights_of(case.model)))


class Peer(Contestant):
    """A worker, with the error of its logits relative to ours."""

    def __init__(self, name, case, configuration):
        self.name, self.configuration = name, configuration
        path = files.FOLDER / f"{name}-logits.npy"
        path.unlink(missing_ok=True)
        job = {"peer": name, "case": asdict(case), "configuration": asdict(configuration), "logits": str(path)}
        super().__init__([sys.executable, "-m", "Benchmarks.peers.worker", json.dumps(job)], cwd=effnet.ROOT)
        self.numbers = self.facts["numbers"]
        if case.precision not in (self.numbers, "half"):
            self.close()
            raise NotAvailable(f"it computes in {self.numbers}")
        self.error = files.error(np.load(path), case.model, case.images)


def best_configurations(name, case, note):
    """Returns the running workers of a peer's fastest configuration, and of another one as good.

    One stream in each mode is tried first. Other numbers of streams are tried in the best mode, if
    they have it.
    """
    running = []

    def attempt(configuration):
        try:
            peer = Peer(name, case, configuration)
            if running and peer.last > MOST_IN_TRIAL * min(running[0].times):
                peer.close()
                return
            if peer.last > LONG:
                peer.times.append(peer.last)
            else:
                for _ in range(TRIAL_ROUNDS):
                    peer.turn()
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

    for streams, threads, batch in shapes(case):
        modes = PEERS[name].modes(case.precision, streams, threads)
        if running and running[0].configuration.mode in modes:
            modes = [running[0].configuration.mode]
        for mode in modes:
            attempt(Configuration(streams, threads, batch, mode))
    for peer in running:
        peer.times = []
    return running


def contest(case, peers, rounds, seconds, note):
    """Returns the times of effnet and the peers.

    Raises NotAvailable if effnet cannot compute the case.
    """
    weights = quantized.ours(case.model) if case.precision == "int8" else files.weights_of(case.model)
    command = effnet.benchmark(case.model, case.images, case.threads, case.precision, weights)
    contestants = [ours := Contestant(command)]
    try:
        for name in peers:
            if case.precision not in PEERS[name].PRECISIONS:
                continue
            if name == "effnet":
                contestants.append(Floats(case))
            else:
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
        if peer.numbers == "fp32" and not peer.error <= MOST_ERROR:
            note(f"{PEERS[peer.name].NAME}, {case}: its logits differ from ours by {peer.error:.0e} of the largest")
    report = json.loads(said[0].splitlines()[-1])
    numbers = report["precision"]
    if case.precision not in (numbers, "half"):
        raise NotAvailable(f"effnet computed in {numbers}")
    error = files.error(files.our_logits(case.model, case.images, numbers), case.model, case.images)
    return {
        "case": asdict(case), "rounds": done, "ours": {"numbers": numbers, "error": error, "times": ours.times},
        "instruction_set": report["instruction_set"], "peak_gflops": report["peak_gflops"],
        "peers": best_of_each([result_of(peer) for peer in contestants[1:]]),
    }


def result_of(peer):
    return {"peer": peer.name, "configuration": str(peer.configuration), "numbers": peer.numbers, "error": peer.error,
            "times": peer.times}


def best_of_each(results):
    """Returns one result for each peer: that of the configuration with the better median."""
    best = {}
    for result in sorted(results, key=lambda result: np.median(result["times"]), reverse=True):
        best[result["peer"]] = result
    return [best[name] for name in PEERS if name in best]
