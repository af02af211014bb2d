"""The requests of the soak test with their right answers.

A case is one request and a check of its answer. The expected numbers are those of the commands of
effnet on the same files, as FP32 bits.
"""
import json
from dataclasses import dataclass

import numpy as np
from PIL import Image

from . import bodies
from .expected import Expected

ACCEPTED = (200,)
CLIENT_FAULTS = range(400, 500)


class Wrong(Exception):
    """An answer differs from the right one."""


@dataclass
class Case:
    name: str
    weight: float
    request: bytes
    check: object  # (head, body) of an answer whose status is right; raises Wrong
    statuses: object = ACCEPTED


def is_same(found, expected):
    return found == expected or np.float32(found) == np.float32(expected)


def check_predictions(found, expected, top):
    if len(found) != min(top, len(expected)):
        raise Wrong(f"{len(found)} predictions instead of {min(top, len(expected))}")
    for one, right in zip(found, expected):
        if one["index"] != right["index"] or one["label"] != right["label"]:
            raise Wrong(f"class {one['index']} {one['label']} instead of {right['index']} {right['label']}")
        for key in ("probability", "logit"):
            if not is_same(one[key], right[key]):
                raise Wrong(f"{key} {one[key]!r} instead of {right[key]!r} of class {one['index']}")


def check_error(head, body):
    error = parsed(body).get("error")
    if not isinstance(error, str) or not error:
        raise Wrong(f"no error text in {body[:100]!r}")


def parsed(body):
    try:
        document = json.loads(body)
    except ValueError:
        raise Wrong(f"not JSON: {body[:100]!r}") from None
    if not isinstance(document, dict):
        raise Wrong(f"no object: {body[:100]!r}")
    return document


class Cases:
    """All cases for some photos: good ones, damaged ones, and tensors."""

    def __init__(self, model, side, good, damaged, host):
        self.model, self.host, self.all = model, host, []
        self.expected = Expected(model, [*good, *damaged])
        if unread := [path for path in good if path in self.expected.errors]:
            raise RuntimeError(f"{unread[0]}: {self.expected.errors[unread[0]]}")
        files = {path: path.read_bytes() for path in [*good, *damaged]}
        self.good, self.files = good, files
        for path in good:
            self.add_photo(path)
        for path in damaged:
            self.add_damaged(path)
        self.add_several(good, [path for path in damaged if path in self.expected.errors])
        self.add_features(good[::5])
        self.add_tensors(side)
        self.add_documents()

    def add(self, name, weight, request, check, statuses=ACCEPTED):
        self.all.append(Case(name, weight, request.bytes(self.host), check, statuses))

    def add_photo(self, path):
        photo, right = self.files[path], self.expected.predictions[path]
        vector = self.expected.probabilities(path)
        heavy = 0.02 if len(photo) > 500_000 else 1  # a 12-megapixel photo takes as long as 50 thumbnails

        def predictions(top):
            return lambda head, body: check_predictions(parsed(body)["predictions"], right, top)

        def probabilities(head, body):
            check_bits("probabilities", head, body, vector)
        self.add("photo", 20 * heavy, bodies.photo(photo, self.model), predictions(5))
        self.add("photo, top 3", 5 * heavy, bodies.photo(photo, self.model, query="&top=3"), predictions(3))
        self.add("multipart", 5 * heavy, bodies.multipart([photo], self.model), predictions(5))
        self.add("base64", 5 * heavy, bodies.base64_json([photo], self.model), predictions(5))
        self.add("BYTES", 10 * heavy, bodies.photo_tensor([photo], self.model), probabilities)
        self.add("raw", 5 * heavy, bodies.raw(photo, self.model), probabilities)
        if path.suffix == ".png" and heavy == 1:
            with Image.open(path) as image:
                if image.mode == "RGB":
                    self.add("UINT8", 5, bodies.pixel_tensor(np.asarray(image), self.model), probabilities)

    def add_damaged(self, path):
        """A damaged photo gives an error, or what the command makes of it."""
        photo, right = self.files[path], self.expected.predictions.get(path)
        if right:
            self.add("damaged but readable", 1, bodies.photo(photo, self.model),
                     lambda head, body: check_predictions(parsed(body)["predictions"], right, 5))
        else:
            self.add("damaged", 1, bodies.photo(photo, self.model), check_error, CLIENT_FAULTS)
            self.add("damaged, BYTES", 0.5, bodies.photo_tensor([photo], self.model), check_error, CLIENT_FAULTS)

    def add_several(self, good, damaged):
        good = [path for path in good if len(self.files[path]) < 500_000]
        for start in range(0, len(good) - 3, 3):
            paths = good[start:start + 3]
            paths.insert(start % 4, damaged[start % len(damaged)])
            rights = [self.expected.predictions.get(path) for path in paths]

            def check(head, body, rights=rights):
                results = parsed(body)["results"]
                if len(results) != len(rights):
                    raise Wrong(f"{len(results)} results instead of {len(rights)}")
                for found, right in zip(results, rights):
                    if right:
                        check_predictions(found.get("predictions", []), right, 5)
                    elif not isinstance(found.get("error"), str):
                        raise Wrong("no error for a damaged photo among several")
            photos = [self.files[path] for path in paths]
            self.add("several, multipart", 3, bodies.multipart(photos, self.model), check)
            self.add("several, base64", 2, bodies.base64_json(photos, self.model), check)
            whole = good[start:start + 3]
            vectors = np.stack([self.expected.probabilities(path) for path in whole])
            self.add("several, BYTES", 3, bodies.photo_tensor([self.files[path] for path in whole], self.model),
                     lambda head, body, vectors=vectors: check_bits("probabilities", head, body, vectors))

    def add_features(self, paths):
        features = self.expected.features(paths)
        for path, right in zip(paths, features):
            def check(head, body, right=right):
                found = parsed(body)["features"]
                if len(found) != len(right) or np.array(found, np.float32).tobytes() != right.tobytes():
                    raise Wrong("features differ from those of effnet embed")
            self.add("embed", 5, bodies.photo(self.files[path], self.model, "/v1/embed"), check)

    def add_tensors(self, side):
        images = bodies.random_images(4, side)
        logits = self.expected.logits(images)
        for start, end in ((0, 1), (1, 2), (0, 4)):
            right = logits[start:end]
            self.add("FP32", 20, bodies.float_tensor(images[start:end], self.model, ["logits"]),
                     lambda head, body, right=right: check_bits("logits", head, body, right))

    def add_documents(self):
        def is_json(head, body):
            try:
                json.loads(body)
            except ValueError:
                raise Wrong(f"not JSON: {body[:100]!r}") from None
        model = f"/v2/models/{self.model}"
        for path in ("/v2", "/v2/health/live", "/v2/health/ready", "/v2/models", model, f"{model}/versions/1",
                     f"{model}/ready", f"{model}/config", f"{model}/stats", "/openapi.json"):
            self.add("document", 2, bodies.get(path), is_json)
        self.add("document", 2, bodies.Request("/v2/repository/index"), is_json)
        self.add("metrics", 4, bodies.get("/metrics"), lambda head, body: None)
        self.add("page", 2, bodies.get("/"), lambda head, body: None)

    def add_first_answers(self, path, send):
        """Adds requests whose right answer is the server's own first one, such as heat maps."""
        request = bodies.photo(self.files[path], self.model, "/v1/explain")
        request.headers["Accept"] = "image/png"
        status, _, first = send(request.bytes(self.host))
        if status != 200 or not first.startswith(b"\x89PNG"):
            raise RuntimeError(f"/v1/explain: status {status}, {first[:100]!r}")

        def check(head, body):
            if body != first:
                raise Wrong("another heat map than the first time")
        self.add("explain", 1, request, check)


def check_bits(name, head, body, expected):
    """Compares a binary FP32 output with the expected numbers, bit by bit."""
    tensors, _ = bodies.tensors_of(body, head)
    if tensors[name] == expected.tobytes():
        return
    found = np.frombuffer(tensors[name], np.float32)
    if found.size != expected.size:
        raise Wrong(f"{found.size} numbers of {name} instead of {expected.size}")
    place = int(np.flatnonzero(found.view(np.uint32) != expected.ravel().view(np.uint32))[0])
    raise Wrong(f"{name}[{place}] is {found[place]!r} instead of {expected.ravel()[place]!r}")
