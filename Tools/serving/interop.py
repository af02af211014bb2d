"""Speaks to a model server with the programs that users have, and prints a table.

    python interop.py [WORD …]      with words: only clients whose name contains one (triton, curl, …)
        needs: the packages of requirements.txt, the command curl, Chromium; the command effnet with its
               weights (effnet pull lite0); EFFNET can set its path
        --kserve-python names a Python with the packages of requirements-kserve.txt

Starts `effnet serve` unless --server names a running one. Every line of the table is one check. What is
not installed is skipped, with the reason. The exit code is 1 if a check failed.
"""
import argparse
import importlib
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

sys.dont_write_bytecode = True
try:
    import numpy as np
except ModuleNotFoundError as error:
    sys.exit(f"{error}: install Tools/serving/requirements.txt in a venv; make serve-interop PYTHON=venv/bin/python")

ROOT = Path(__file__).parents[2]
EFFNET = Path(os.environ.get("EFFNET", ROOT / ".build/release/effnet")).resolve()
CLIENTS = ["triton", "image_client", "kserve", "curl", "metrics", "openapi", "browser"]
PATIENCE = 30  # seconds until the server is ready


class Failed(Exception):
    """The server's answer is not the right one."""


class Skipped(Exception):
    """A client is not installed."""


def expect(found, right, what):
    if found != right:
        raise Failed(f"{what} is {found!r:.200}, expected {right!r:.200}")


def require(condition, text):
    if not condition:
        raise Failed(text)


class Table:
    """A table whose lines are printed at once."""

    def __init__(self):
        self.counts, self.start = {"ok": 0, "failed": 0, "skipped": 0}, time.monotonic()
        self.failures = []

    def line(self, client, check, result, note):
        self.counts[result] += 1
        if result == "failed":
            self.failures.append((client, check, note))
        print(f"{result:8}{client:16}{check:54}{note}".rstrip(), flush=True)

    def add(self, client, check, function):
        """Adds a line for a function, which may return a note."""
        start = time.monotonic()
        try:
            note, result = function() or "", "ok"
        except Skipped as reason:
            note, result = str(reason), "skipped"
        except Exception as error:  # any failure is a line of the table, and the others continue
            name = "" if isinstance(error, Failed) else f"{type(error).__name__}: "
            note, result = " ".join(f"{name}{error}".split())[:300], "failed"
        self.line(client, check, result, note or f"{(time.monotonic() - start) * 1000:.0f} ms")

    def total(self):
        print(f"\n{self.counts['ok']} ok, {self.counts['failed']} failed, {self.counts['skipped']} skipped, "
              f"{time.monotonic() - self.start:.0f} s")
        for client, check, note in self.failures:
            print(f"  {client}: {check}: {note}")
        return 1 if self.failures or not self.counts["ok"] else 0


# MARK: The command

def effnet(*arguments):
    """Runs the command and returns its output. Raises RuntimeError with its message."""
    result = subprocess.run([EFFNET, *map(str, arguments)], capture_output=True, text=True)
    if result.returncode != 0:
        raise RuntimeError(f"effnet {arguments[0]}: exit code {result.returncode}, {result.stderr.strip()}")
    return result.stdout


class Server:
    """The address of a server, the photos to send, and the right answers from the command."""

    def __init__(self, url, model, folder):
        address = urlsplit(url)
        self.url, self.host, self.port = url.rstrip("/"), address.hostname, address.port or 80
        self.model, self.folder = model, Path(folder)
        photos = ROOT / "Examples/photos"
        self.cat, self.coffee, self.rocket = photos / "cat.png", photos / "coffee.png", photos / "rocket.jpg"
        self.photos = [self.cat, self.coffee, self.rocket]
        self.predictions = {}
        answer = effnet("classify", *self.photos, "--model", model, "--json", "--quiet", "--top", 1_000_000)
        for line in answer.splitlines():
            found = json.loads(line)
            self.predictions[Path(found["path"])] = found["predictions"]
        self.classes = len(self.predictions[self.cat])
        self.side = json.loads(effnet("models", model, "--json"))["resolution"]
        self.images = np.random.default_rng(0).uniform(-2, 2, (2, self.side, self.side, 3)).astype(np.float32)
        np.save(self.folder / "x.npy", self.images)
        effnet("run", self.folder / "x.npy", self.folder / "y.npy", "--layout", "nhwc", "--model", model)
        self.logits = np.load(self.folder / "y.npy")

    def probabilities(self, photo):
        """Returns the FP32 probabilities of all classes of a photo."""
        values = {found["index"]: found["probability"] for found in self.predictions[photo]}
        return np.array([values[index] for index in range(self.classes)], np.float32)

    def check_predictions(self, found, photo, top=5):
        """Checks the predictions of an answer of /v1/classify: the same classes and numbers."""
        right = self.predictions[photo][:top]
        expect([(one["index"], one["label"]) for one in found], [(one["index"], one["label"]) for one in right], "classes")
        for key in ("probability", "logit"):
            same_bits(np.array([one[key] for one in found], np.float32), np.array([one[key] for one in right], np.float32), key)


def same_bits(found, right, what):
    """Checks that two FP32 arrays have the same bits."""
    found, right = np.ascontiguousarray(found, np.float32).ravel(), np.ascontiguousarray(right, np.float32).ravel()
    expect(found.size, right.size, f"number of {what}")
    other = np.flatnonzero(found.view(np.uint32) != right.view(np.uint32))
    if other.size:
        place = other[0]
        raise Failed(f"{what}[{place}] is {found[place]!r}, expected {right[place]!r}; {other.size} differ")


def started(model, folder):
    """Starts effnet serve. Returns the process and the address."""
    port_file = Path(folder) / "port"
    command = [EFFNET, "serve", "--model", model, "--port", "0", "--port-file", port_file]
    with open(Path(folder) / "messages", "w") as messages:
        process = subprocess.Popen(list(map(str, command)), stdin=subprocess.DEVNULL, stdout=messages, stderr=messages)
    end = time.monotonic() + PATIENCE
    while not (port_file.exists() and port_file.read_text().strip()):
        if process.poll() is not None or time.monotonic() > end:
            process.kill()
            sys.exit(f"effnet serve did not start: {(Path(folder) / 'messages').read_text().strip()}")
        time.sleep(0.02)
    return process, f"http://127.0.0.1:{port_file.read_text().strip()}"


def arguments():
    parser = argparse.ArgumentParser(prog="python interop.py", description=__doc__.splitlines()[0])
    parser.add_argument("words", nargs="*", metavar="WORD", help=f"only clients whose name contains one: {', '.join(CLIENTS)}")
    parser.add_argument("--server", help="address of a running server, such as http://127.0.0.1:8080 (default: start one)")
    parser.add_argument("--model", default="lite0", help="downloaded network (default: lite0)")
    parser.add_argument("--kserve-python", default=os.environ.get("KSERVE_PYTHON"),
                        help="Python with KServe's client (default: KSERVE_PYTHON)")
    parser.add_argument("--screenshots", type=Path, help="folder to keep the screenshots in")
    parser.add_argument("--examples", type=int, default=30, help="schemathesis: most examples of an operation (default: 30)")
    return parser.parse_args()


def main():
    options = arguments()
    if not EFFNET.exists():
        sys.exit(f"{EFFNET} does not exist; run 'make build', or set EFFNET to the command")
    table, process = Table(), None
    with tempfile.TemporaryDirectory() as folder:
        try:
            url = options.server
            if not url:
                process, url = started(options.model, folder)
            server = Server(url, options.model, folder)
            for client in CLIENTS:
                if options.words and not any(word in client for word in options.words):
                    continue
                try:
                    checks = importlib.import_module(f"clients.{client}").checks(server, options)
                    for name, function in checks:
                        table.add(client, name, function)
                except (ModuleNotFoundError, Skipped) as reason:
                    table.line(client, "", "skipped", str(reason))
        finally:
            if process:
                process.terminate()
                process.wait()
    return table.total()


if __name__ == "__main__":
    sys.modules["interop"] = sys.modules["__main__"]  # the clients import this module's names
    sys.exit(main())
