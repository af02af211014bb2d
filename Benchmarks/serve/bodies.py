"""The forms in which a client sends photos: as they are, in multipart, in JSON, as tensors.

A form is a function of photos (files as bytes) that returns a `Request`. Requests of the Open Inference
Protocol have a header that tells where JSON ends and binary tensors begin.
"""
import base64
import json
import struct
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

PHOTO_ENDINGS = (".jpg", ".jpeg", ".png", ".webp")
BOUNDARY = "photo-boundary"


@dataclass
class Request:
    path: str
    body: bytes = b""
    headers: dict = field(default_factory=dict)
    method: str = "POST"

    def bytes(self, host):
        """Returns the request as it goes over the connection."""
        lines = [f"{self.method} {self.path} HTTP/1.1", f"Host: {host}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        if self.method == "POST":
            lines.append(f"Content-Length: {len(self.body)}")
        return ("\r\n".join(lines) + "\r\n\r\n").encode() + self.body


def get(path):
    return Request(path, method="GET")


# MARK: Own routes

def photo(photo, model, route="/v1/classify", query=""):
    return Request(f"{route}?model={model}{query}", photo, {"Content-Type": "application/octet-stream"})


def multipart(photos, model, query=""):
    parts = [f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="photo"; filename="{index}.jpg"\r\n'
             "Content-Type: application/octet-stream\r\n\r\n".encode() + photo + b"\r\n"
             for index, photo in enumerate(photos)]
    body = b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()
    return Request(f"/v1/classify?model={model}{query}", body,
                   {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"})


def base64_json(photos, model, query=""):
    texts = [base64.b64encode(photo).decode() for photo in photos]
    body = json.dumps({"image": texts[0]} if len(texts) == 1 else {"images": texts})
    return Request(f"/v1/classify?model={model}{query}", body.encode(), {"Content-Type": "application/json"})


# MARK: Open Inference Protocol

def infer(model, document, binary=b"", headers=None):
    """Returns an infer request: JSON, then binary tensors."""
    text = json.dumps(document).encode()
    headers = dict(headers or {})
    if binary:
        headers |= {"Inference-Header-Content-Length": len(text), "Content-Type": "application/octet-stream"}
    else:
        headers |= {"Content-Type": "application/json"}
    return Request(f"/v2/models/{model}/infer", text + binary, headers)


def binary(model, datatype, shape, data, outputs=("probabilities",)):
    """Returns a request with one binary tensor that asks for binary outputs."""
    return infer(model, {
        "inputs": [{"name": "image", "datatype": datatype, "shape": list(shape),
                    "parameters": {"binary_data_size": len(data)}}],
        "outputs": [{"name": name, "parameters": {"binary_data": True}} for name in outputs]}, data)


def photo_tensor(photos, model):
    """Sends photos as elements of a BYTES tensor, each behind its length."""
    data = b"".join(struct.pack("<I", len(photo)) + photo for photo in photos)
    return binary(model, "BYTES", [len(photos)], data)


def pixel_tensor(pixels, model):
    """Sends the pixels of one photo: an array (height, width, 3) of UINT8."""
    return binary(model, "UINT8", [1, *pixels.shape], pixels.tobytes())


def float_tensor(values, model, outputs=("probabilities",)):
    """Sends normalized images: an array (images, height, width, 3) of FP32."""
    return binary(model, "FP32", values.shape, values.astype("<f4").tobytes(), outputs)


def float_json(values, model):
    return infer(model, {"inputs": [{"name": "image", "datatype": "FP32", "shape": list(values.shape),
                                     "data": values.ravel().tolist()}]})


def raw(photo, model):
    """Sends a photo as the whole body of an infer request."""
    return Request(f"/v2/models/{model}/infer", photo, {"Inference-Header-Content-Length": 0})


# MARK: Files and images

def photos_in(folder):
    """Returns the paths of the photos of a folder, in the order of their names."""
    paths = sorted(path for path in Path(folder).rglob("*") if path.suffix.lower() in PHOTO_ENDINGS)
    if not paths:
        raise FileNotFoundError(f"{folder}: no photos found (expected .jpg, .png or .webp)")
    return paths


def random_images(count, side, seed=0):
    """Returns normalized random images (count, side, side, 3)."""
    return np.random.default_rng(seed).uniform(-2, 2, (count, side, side, 3)).astype(np.float32)


def tensors_of(answer, head):
    """Returns the outputs of an answer with binary tensors: names to their bytes, and its JSON."""
    length = next(int(line.split(b":")[1]) for line in head.split(b"\r\n")
                  if line.lower().startswith(b"inference-header-content-length:"))
    document, start, found = json.loads(answer[:length]), length, {}
    for output in document["outputs"]:
        size = output["parameters"]["binary_data_size"]
        found[output["name"]] = answer[start:start + size]
        start += size
    return found, document
