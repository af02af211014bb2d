"""The right answers, from the commands effnet classify, embed and run on the same files."""
import json
import subprocess
import tempfile
from pathlib import Path

import numpy as np

from ..common import effnet


class Expected:
    """The answers for some photos, by path. A damaged photo has an error instead."""

    def __init__(self, model, paths):
        self.model, self.predictions, self.errors = model, {}, {}
        command = [effnet.COMMAND, "classify", *paths, "--model", model, "--json", "--quiet", "--top", 1_000_000]
        result = subprocess.run(list(map(str, command)), capture_output=True, text=True)
        if result.returncode not in (0, 1):  # 1: a photo could not be read
            raise RuntimeError(f"effnet classify: {result.stderr.strip()}")
        for line in result.stdout.splitlines():
            found = json.loads(line)
            if "predictions" in found:
                self.predictions[Path(found["path"])] = found["predictions"]
            elif "path" in found:
                self.errors[Path(found["path"])] = found["error"]
        if missing := [path for path in paths if path not in self.predictions and path not in self.errors]:
            raise RuntimeError(f"effnet classify says nothing about {missing[0]}: {result.stderr.strip()}")

    def probabilities(self, path):
        """Returns the FP32 probabilities of all classes, in the order of the classes."""
        values = {found["index"]: found["probability"] for found in self.predictions[path]}
        return np.array([values[index] for index in range(len(values))], np.float32)

    def features(self, paths):
        """Returns the FP32 features of good photos, a row each."""
        with tempfile.TemporaryDirectory() as folder:
            output = Path(folder) / "features.npy"
            effnet.effnet("embed", *paths, "--model", self.model, "--quiet", "--output", output)
            return np.load(output)

    def logits(self, images):
        """Returns the logits of normalized images (n, height, width, 3)."""
        with tempfile.TemporaryDirectory() as folder:
            np.save(Path(folder) / "x.npy", images)
            effnet.effnet("run", f"{folder}/x.npy", f"{folder}/y.npy", "--layout", "nhwc", "--model", self.model)
            return np.load(f"{folder}/y.npy")
