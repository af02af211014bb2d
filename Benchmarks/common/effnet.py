"""The command effnet; EFFNET can set its path."""
import json
import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
COMMAND = Path(os.environ.get("EFFNET", ROOT / ".build/release/effnet")).resolve()


def effnet(*arguments):
    """Runs the command and returns its output. Raises RuntimeError with its message."""
    result = subprocess.run([COMMAND, *map(str, arguments)], capture_output=True, text=True)
    if result.returncode != 0:
        raise RuntimeError(result.stderr.strip().splitlines()[0] if result.stderr else f"exit code {result.returncode}")
    return result.stdout


def summary(model):
    """Returns a network's layers in the order of computation: name, operation, output and so on."""
    return json.loads(effnet("summary", "--model", model, "--json"))


def version():
    return effnet("--version").strip()


def benchmark(model, images, threads, precision="fp32", weights=None):
    """Returns the command line of a benchmark that runs once for each line of its standard input."""
    network = ["--weights", weights] if weights else ["--model", model]
    extra = [] if precision == "fp32" else ["--precision", precision]
    return [COMMAND, "benchmark", *network, "--batch", images, "--threads", threads, "--on-demand", "--json", *extra]


def training_benchmark(model, resolution, images, threads, precision="fp32"):
    """Returns the same for whole training steps."""
    return [*benchmark(model, images, threads, precision), "--resolution", resolution, "--train"]
