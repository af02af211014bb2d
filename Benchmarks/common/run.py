"""The parts that several reports share."""
import os
import sys

from . import effnet, machine


class Notes(list):
    """Notes for the report. Each is kept once and printed at once."""

    def __call__(self, text):
        if text not in self:
            self.append(text)
            print(f"note: {text}", file=sys.stderr, flush=True)


QUIET = 0.5  # the largest load that does not disturb


def begin(module, versions, notes, load):
    """Returns a run without results: machine, versions and command. `load` is from before the peers."""
    if load > QUIET:
        notes(f"other programs were running (load {load:.1f}); measure again on a quiet machine")
    return {
        "machine": machine.machine(), "load": load, "date": machine.today(), "version": effnet.version(), "versions": versions,
        "instruction_set": "", "notes": notes, "results": [],
        "command": os.environ.get("BENCH_COMMAND") or f"python -m {module} " + " ".join(sys.argv[1:]),
    }


def heading(run, peers):
    """Returns these as lines of Markdown. `peers` are the printed names of the peers to list."""
    return [
        f"- machine: {machine.words(run['machine'])}; load before the run {run['load']:.1f}",
        f"- ours: {run['version']}, kernels for {run['instruction_set']}",
        *(["- peers: " + ", ".join(f"{peers[name]} {version}" for name, version in run["versions"].items()
                                 if name in peers)]
          if run["versions"] else []),
        f"- command: `{run['command']}`, {run['date']}",
        *(f"- {note}" for note in run["notes"]),
    ]
