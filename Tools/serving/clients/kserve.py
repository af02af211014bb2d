"""KServe's InferenceRESTClient, which runs in a Python of its own."""
import json
import subprocess
from pathlib import Path

from interop import Failed, Skipped

SCRIPT = Path(__file__).parent.parent / "kserve_client.py"


def checks(server, options):
    if not options.kserve_python:
        raise Skipped("install Tools/serving/requirements-kserve.txt in a venv of its own, and name its Python by --kserve-python")
    photo = server.rocket
    right = [float(value) for value in server.probabilities(photo)]
    job = {"url": server.url, "model": server.model, "photo": str(photo), "probabilities": right,
           "images": str(server.folder / "x.npy"), "logits": str(server.folder / "y.npy")}
    result = subprocess.run([options.kserve_python, SCRIPT], input=json.dumps(job), capture_output=True, text=True, timeout=300)
    lines = [json.loads(line) for line in result.stdout.splitlines() if line.startswith("{")]
    if result.returncode != 0 or not lines:
        raise Skipped(f"{options.kserve_python}: {(result.stderr.strip().splitlines() or ['no message'])[-1]}")
    for line in lines:
        def check(line=line):
            if line["error"]:
                raise Failed(line["error"])
            return line["note"]
        yield line["check"], check
