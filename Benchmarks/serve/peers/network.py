"""The network of a Python server: Pillow prepares the photo, ONNX Runtime computes."""
import io
import json
import os

import numpy as np
import onnxruntime
from PIL import Image

FILTERS = {"bicubic": Image.Resampling.BICUBIC, "bilinear": Image.Resampling.BILINEAR}


class Network:
    """A network from the folder that `settings.write` fills."""

    def __init__(self, folder, threads):
        with open(os.path.join(folder, "settings.json")) as file:
            settings = json.load(file)
        self.labels, self.preprocessing = settings["labels"], settings["preprocessing"]
        self.mean = np.array(self.preprocessing["mean"], np.float32).reshape(3, 1, 1)
        self.std = np.array(self.preprocessing["std"], np.float32).reshape(3, 1, 1)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(
            os.path.join(folder, "network.onnx"), options, providers=["CPUExecutionProvider"])
        self.input = self.session.get_inputs()[0].name

    def tensor(self, photo):
        """Decodes a photo; scales its shorter side to `resize` and cuts the center, in one step."""
        image = Image.open(io.BytesIO(photo)).convert("RGB")
        crop = self.preprocessing["crop"]
        side = min(image.size) * crop / self.preprocessing["resize"]
        left, top = (image.width - side) / 2, (image.height - side) / 2
        image = image.resize((crop, crop), FILTERS[self.preprocessing["interpolation"]],
                             box=(left, top, left + side, top + side))
        pixels = np.asarray(image, np.float32).transpose(2, 0, 1)
        return ((pixels - self.mean) / self.std)[None]

    def probabilities(self, photo):
        """Returns the FP32 probabilities of all classes."""
        logits = self.session.run(None, {self.input: self.tensor(photo)})[0][0]
        powers = np.exp(logits - logits.max())
        return powers / powers.sum()

    def classify(self, photo, top=5):
        """Returns the most probable classes, named as in `effnet classify --json`."""
        probabilities = self.probabilities(photo)
        return [{"index": int(index), "label": self.labels[index], "probability": float(probabilities[index])}
                for index in np.argsort(-probabilities)[:top]]
