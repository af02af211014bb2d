"""One case: effnet and each peer take turns, round by round."""
import json
import os
import sys
import time
from dataclasses import asdict

from ..common import effnet, machine
from ..common.contestant import Contestant, NotAvailable, order
from .runners import PEERS

FEWEST_ROUNDS = 5
MOST_DISTURBANCE = 0.05  # the share of the processors that other programs may take
# glibc returns large freed blocks to the system, and the next step gets them again page by page. If
# glibc keeps them, PyTorch takes a quarter less time eager, and a third less compiled (B0 at 224 on
# a Zen 4).
KEEPING_MEMORY = ["env", "MALLOC_MMAP_MAX_=0", f"MALLOC_TRIM_THRESHOLD_={1 << 34}", f"MALLOC_TOP_PAD_={1 << 28}"]


def contest(case, peers, rounds, seconds, note):
    """Returns the times and the memory of effnet and the peers.

    Raises NotAvailable if effnet cannot compute the case.
    """
    job = json.dumps(asdict(case))
    commands = {"ours": effnet.training_benchmark(
        case.model, case.resolution, case.images, case.threads, case.precision)}
    commands |= {peer: [*KEEPING_MEMORY, sys.executable, "-m", "Benchmarks.train.worker", peer, job] for peer in peers}
    running = {}

    def left(name, failure):
        if name == "ours":
            raise failure
        note(f"{PEERS[name].name}, {case}: {failure}")
        running.pop(name, None)

    def others():
        """Returns the processor seconds of programs that are not measured."""
        return machine.busy_seconds() - sum(contestant.processor_seconds() for contestant in running.values())

    try:
        for name, command in commands.items():
            try:
                running[name] = Contestant(command, cwd=effnet.ROOT)
            except NotAvailable as failure:
                left(name, failure)
        start, before = time.monotonic(), others()
        done = 0
        while done < rounds and (done < FEWEST_ROUNDS or time.monotonic() - start < seconds):
            for name in order(list(running), done):
                try:
                    running[name].turn(is_warm=False)  # a step uses more memory than a cache holds
                except NotAvailable as failure:
                    left(name, failure)
            done += 1
        disturbance = (others() - before) / (time.monotonic() - start) / os.cpu_count()
    finally:
        said = {name: contestant.close() for name, contestant in running.items()}
    if disturbance > MOST_DISTURBANCE:
        note(f"{case}: other programs took {disturbance:.0%} of the processors; measure again")
    reports = {name: json.loads(text.splitlines()[-1]) for name, text in said.items()}
    results = {name: {"times": running[name].times, "memory": reports[name]["peak_memory_mb"]} for name in running}
    return {"case": asdict(case), "rounds": done, "instruction_set": reports["ours"]["instruction_set"], "results": results}
