"""Records the requests of real clients as fixtures: the bytes that each client sends.

    python make_requests.py tritonclient ../../Tests/EfficientNetServingTests/Fixtures/requests
        needs: tritonclient[http] 2.73.0, numpy 2.4.6, greenlet 3.3, and the command curl
    python make_requests.py kserve ../../Tests/EfficientNetServingTests/Fixtures/requests
        needs: kserve 0.21.0, in a separate venv

A server on 127.0.0.1 keeps one request a file, NAME.http: the head and the body as they came. Only
the port in the header Host is replaced, so that a second run writes the same files; but gzip.http
contains the time.
"""

import asyncio
import json
import os
import socket
import subprocess
import sys
import threading

ANSWER = b'{"model_name":"tiny","model_version":"1","id":"","outputs":[]}'


class Recorder:
    """A server that keeps the bytes of one request."""

    def __init__(self):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self.socket.getsockname()[1]
        self.request = b""
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()

    def serve(self):
        connection, _ = self.socket.accept()
        connection.settimeout(10)
        with connection:
            while b"\r\n\r\n" not in self.request:
                self.request += connection.recv(65536)
            head, body = self.request.split(b"\r\n\r\n", 1)
            fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
            while len(body) < int(fields[b"content-length"]):
                body += connection.recv(65536)
            self.request = head.replace(self.address.encode(), b"127.0.0.1:8000")
            self.request += b"\r\n\r\n" + body
            connection.sendall(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"
                b"Content-Length: %d\r\n\r\n%s" % (len(ANSWER), ANSWER)
            )
        self.socket.close()


def record(name, send):
    recorder = Recorder()
    send(recorder.address)
    recorder.thread.join()
    with open(os.path.join(sys.argv[2], name + ".http"), "wb") as file:
        file.write(recorder.request)


def curl(name, body, *options):
    def send(address):
        url = f"http://{address}/v2/models/tiny/infer"
        command = ["curl", "-sS", "--user-agent", "curl", *options, "--data-binary", "@-", url]
        subprocess.run(command, input=body, check=True, stdout=subprocess.DEVNULL)

    record(name, send)


# Twelve numbers for a picture of 1×2×2×3: some exact, some not, both signs.
NUMBERS = [0, 0.5, -1, 0.1, -2.1179039, 2.64, 1e-7, 3e38, -1e-45, 16777216, 0.48627451, 255]
# The first bytes of a photo suffice here.
PHOTOS = [b"\xff\xd8\xff\xe0first\x00", b"\x89PNG\r\n\x1a\nsecond"]


def tritonclient():
    import ml_dtypes
    import numpy as np
    import tritonclient.http as triton

    def tensor(name, array, datatype, binary=True):
        made = triton.InferInput(name, list(array.shape), datatype)
        return made.set_data_from_numpy(array, binary_data=binary)

    def infer(name, inputs, **options):
        def send(address):
            with triton.InferenceServerClient(address) as client:
                client.infer("tiny", inputs, **options)

        record(name, send)

    def output(**options):
        return [triton.InferRequestedOutput("probabilities", **options)]

    picture = np.array(NUMBERS, np.float32).reshape(1, 2, 2, 3)
    photos = np.array(PHOTOS, np.object_)
    texts = np.array(["Grüße, 世界", "🐈 \"\\\n", ""], np.object_)
    nan = np.array([1, np.nan], np.float32)
    compressed = {"request_compression_algorithm": "gzip", "response_compression_algorithm": "gzip"}

    infer("json", [tensor("image", picture, "FP32", False)], request_id="42",
          outputs=output(binary_data=False))
    infer("binary", [tensor("image", picture, "FP32")])
    infer("gzip", [tensor("image", picture, "FP32")], **compressed)
    infer("deflate", [tensor("image", picture, "FP32")], request_compression_algorithm="deflate")
    infer("classification", [tensor("image", picture, "FP32")], outputs=output(class_count=3))
    infer("photos", [tensor("image", photos, "BYTES")], outputs=output(class_count=3))
    infer("column", [tensor("image", photos.reshape(2, 1), "BYTES")])
    infer("texts", [tensor("text", texts, "BYTES", False)])
    infer("nan", [tensor("image", nan, "FP32", False)])
    infer("schedule", [tensor("image", picture, "FP32")], priority=1, timeout=2_000_000,
          parameters={"note": "hello", "ratio": 0.5})

    # The least and the greatest value of every type, in binary and as JSON.
    types = {"UINT8": np.uint8, "UINT16": np.uint16, "UINT32": np.uint32, "UINT64": np.uint64,
             "INT8": np.int8, "INT16": np.int16, "INT32": np.int32, "INT64": np.int64}
    arrays = {name: np.array([np.iinfo(t).min, np.iinfo(t).max], t) for name, t in types.items()}
    arrays["BOOL"] = np.array([False, True])
    arrays["FP32"] = np.array([np.finfo(np.float32).tiny, np.finfo(np.float32).max], np.float32)
    arrays["FP64"] = np.array([np.finfo(np.float64).tiny, np.finfo(np.float64).max])
    infer("types-json", [tensor(n.lower(), a, n, False) for n, a in arrays.items()])
    arrays["FP16"] = np.array([1, -65504], np.float16)
    arrays["BF16"] = np.array([1, -256], ml_dtypes.bfloat16)
    # Inputs in JSON between the binary ones have no part of the bytes after the JSON.
    infer("types-mixed", [tensor(n.lower(), a, n, n in ("FP16", "BF16") or i % 3 != 1)
                          for i, (n, a) in enumerate(arrays.items())])

    curl("raw", PHOTOS[0], "-H", "Inference-Header-Content-Length: 0")
    # The way of MLServer's clients to send bytes.
    base64 = {"inputs": [{"name": "image", "shape": [1], "datatype": "BYTES",
                          "parameters": {"content_type": "base64"}, "data": ["/9j/4GZpcnN0AA=="]}]}
    curl("base64", json.dumps(base64).encode(), "-H", "Content-Type: application/json")


def kserve():
    import numpy as np
    from kserve import InferInput, InferRequest
    from kserve.inference_client import InferenceRESTClient, RESTConfig
    from kserve.protocol.infer_type import RequestedOutput

    def infer(name, array, datatype, binary, **options):
        tensor = InferInput("image", list(array.shape), datatype)
        tensor.set_data_from_numpy(array, binary_data=binary)
        request = InferRequest("tiny", [tensor], request_id="42", **options)

        async def run(address):
            async with InferenceRESTClient(RESTConfig(protocol="v2", retries=0)) as client:
                await client.infer(f"http://{address}", request, model_name="tiny")

        record(name, lambda address: asyncio.run(run(address)))

    picture = np.array(NUMBERS, np.float32).reshape(1, 2, 2, 3)
    infer("kserve-json", picture, "FP32", False)
    infer("kserve-binary", picture, "FP32", True, parameters={"binary_data_output": True},
          request_outputs=[RequestedOutput("probabilities", {"binary_data": False}),
                           RequestedOutput("logits")])
    infer("kserve-photos", np.array(PHOTOS, np.object_), "BYTES", True)
    infer("kserve-nan", np.array([1, np.nan], np.float32), "FP32", False)


os.makedirs(sys.argv[2], exist_ok=True)
{"tritonclient": tritonclient, "kserve": kserve}[sys.argv[1]]()
