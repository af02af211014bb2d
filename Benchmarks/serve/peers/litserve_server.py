"""LitServe in front of ONNX Runtime. The photo is base64 in JSON, because LitServe has no raw bodies.

    python -m Benchmarks.serve.peers.litserve_server FOLDER PORT [WORKERS] [THREADS]
"""
import base64
import sys

import litserve

from .network import Network


class Classify(litserve.LitAPI):
    def __init__(self, folder, threads):
        super().__init__(api_path="/v1/classify")
        self.folder, self.threads = folder, threads

    def setup(self, device):
        self.network = Network(self.folder, self.threads)

    def decode_request(self, request):
        return base64.b64decode(request["image"])

    def predict(self, photo):
        return self.network.classify(photo)

    def encode_response(self, predictions):
        return {"predictions": predictions}


if __name__ == "__main__":
    folder, port, workers, threads = (sys.argv[1:] + ["2", "1"])[:4]
    server = litserve.LitServer(Classify(folder, int(threads)), accelerator="cpu", workers_per_device=int(workers))
    server.run(host="127.0.0.1", port=int(port), generate_client_file=False, log_level="warning")
