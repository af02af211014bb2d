"""One case: ours and every peer in turns, round by round."""
import json
import sys
import time
from dataclasses import asdict

from ..common import effnet
from ..common.contestant import Contestant, NotAvailable, order
from .runners import PEERS

FEWEST_ROUNDS = 5
# glibc gives large blocks back to the system when they are freed, and the next step gets them anew, page by page: peers
# are a fifth faster if it keeps them.
KEEPING_MEMORY = ["env", "MALLOC_MMAP_MAX_=0", f"MALLOC_TRIM_THRESHOLD_={1 << 34}", f"MALLOC_TOP_PAD_={1 << 28}"]


def contest(case, peers, rounds, seconds, note):
    """The times of all who take part, and their memory.

    Raises NotAvailable if effnet cannot compute the case.
    """
    job = json.dumps(asdict(case))
    commands = {"ours": effnet.training_benchmark(case.model, case.resolution, case.images, case.threads)}
    commands |= {peer: [*KEEPING_MEMORY, sys.executable, "-m", "Benchmarks.train.worker", peer, job] for peer in peers}
    running = {}
    try:
        for name, command in commands.items():
            try:
                running[name] = Contestant(command, cwd=effnet.ROOT)
            except NotAvailable as failure:
                if name == "ours":
                    raise
                note(f"{PEERS[name].name}, {case}: {failure}")
        start = time.monotonic()
        done = 0
        while done < rounds and (done < FEWEST_ROUNDS or time.monotonic() - start < seconds):
            for contestant in order(list(running.values()), done):
                contestant.turn(is_warm=False)  # a step goes through more memory than any cache holds
            done += 1
    finally:
        said = {name: contestant.close() for name, contestant in running.items()}
    reports = {name: json.loads(text.splitlines()[-1]) for name, text in said.items()}
    results = {name: {"times": running[name].times, "memory": reports[name]["peak_memory_mb"]} for name in running}
    return {"case": asdict(case), "rounds": done, "instruction_set": reports["ours"]["instruction_set"], "results": results}
