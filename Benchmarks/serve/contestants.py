"""The servers that are measured: ours, and what others write in Python around ONNX Runtime."""
import sys
from dataclasses import dataclass
from importlib.metadata import version

from ..common import effnet
from . import bodies

WAIT_LIMIT = 100  # milliseconds that a request may wait in our server


@dataclass(frozen=True)
class Contestant:
    name: str
    command: object  # (model, folder of the Python servers' files, port) → command line
    packages: tuple = ()  # of Python; the first one's version is printed
    ready: str = "/v2/health/ready"
    health: str = "/v2/health/live"
    form: object = bodies.photo  # (photo, model) → Request

    def version(self):
        return [version(package) for package in self.packages][0] if self.packages else effnet.version()


def ours(model, folder, port):
    return [effnet.COMMAND, "serve", "--model", model, "--port", "0", "--port-file", "{port_file}",
            "--max-wait", f"{WAIT_LIMIT}ms"]


def python(module, *options):
    return lambda model, folder, port: [sys.executable, "-m", f"Benchmarks.serve.peers.{module}", folder, port, *options]


CONTESTANTS = {
    "effnet": Contestant("effnet serve", ours),
    "fastapi-1": Contestant("FastAPI, 1 worker", python("fastapi_server", 1, 1),
                            ("fastapi", "uvicorn", "onnxruntime", "Pillow"), "/v2/health/live"),
    "fastapi-2": Contestant("FastAPI, 2 workers", python("fastapi_server", 2, 1),
                            ("fastapi", "uvicorn", "onnxruntime", "Pillow"), "/v2/health/live"),
    "triton-2": Contestant("Triton, 2 instances", python("triton_server", 2, 1),
                           ("nvidia-pytriton", "onnxruntime", "Pillow"), "/v2/models/{model}/ready",
                           form=lambda photo, model: bodies.photo_tensor([photo], model)),
    "litserve-2": Contestant("LitServe, 2 workers", python("litserve_server", 2, 1),
                             ("litserve", "onnxruntime", "Pillow"), "/health", "/health",
                             lambda photo, model: bodies.base64_json([photo], model)),
}
PEERS = [name for name in CONTESTANTS if name != "effnet"]
