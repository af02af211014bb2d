"""NVIDIA's Triton, from the package nvidia-pytriton, in front of ONNX Runtime. The photo is a BYTES tensor.

    python -m Benchmarks.serve.peers.triton_server FOLDER PORT [WORKERS] [THREADS]
"""
import os
import sys
from pathlib import Path

# Its exchange through shared memory fails with the package's Python 3.11 stub and Python 3.11.7.
os.environ.setdefault("PYTRITON_NO_TENSORSTORE", "1")
import numpy as np  # noqa: E402
from pytriton.model_config import ModelConfig, Tensor  # noqa: E402
from pytriton.triton import Triton, TritonConfig  # noqa: E402

from .network import Network  # noqa: E402


def worker(folder, threads):
    """Returns a function from requests to answers with a network of its own."""
    network = Network(folder, threads)

    def infer(requests):
        return [{"probabilities": network.probabilities(request["image"][0])[None]} for request in requests]
    return infer


if __name__ == "__main__":
    folder, port, workers, threads = (sys.argv[1:] + ["2", "1"])[:4]
    functions = [worker(folder, int(threads)) for _ in range(int(workers))]
    config = TritonConfig(http_address="127.0.0.1", http_port=int(port), allow_grpc=False, allow_metrics=False)
    with Triton(config=config) as triton:
        triton.bind(model_name=Path(folder).name, infer_func=functions, config=ModelConfig(batching=False),
                    inputs=[Tensor(name="image", dtype=bytes, shape=(1,))],
                    outputs=[Tensor(name="probabilities", dtype=np.float32, shape=(1, -1))])
        triton.serve()
