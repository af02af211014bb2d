"""The files of a network: weights, images, our logits and the peers' models, made once in .build/peers."""
import subprocess
import sys

import numpy as np

from ..common.effnet import ROOT, effnet
from . import network, quantized

FOLDER = ROOT / ".build/peers"


def prepare(model, count):
    """Writes our weight file, `count` images, and our logits for them."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    side, layers = network.network(model)
    arrays = FOLDER / f"{model}.npz"
    if not weights_of(model).exists():
        np.savez(arrays, **network.weights(layers))
    made(weights_of(model), lambda path: effnet("convert", arrays, path, "--model", model))
    arrays.unlink(missing_ok=True)
    prepare_images(model, count, side)
    np.save(logits_of(model, count), our_logits(model, count, "fp32"))


def prepare_images(model, count, side=None):
    """Writes `count` images."""
    made(images_of(model, count), lambda path: np.save(path, network.images(count, side or network.network(model)[0])))


def our_logits(model, count, numbers):
    """Computes our logits in a number format."""
    path = FOLDER / "our-logits.npy"
    weights = quantized.ours(model) if numbers == "int8" else weights_of(model)
    effnet("run", "--weights", weights, "--input", images_of(model, count), "--output", path, "--precision", numbers)
    return np.load(path)


def error(logits, model, count):
    """Returns the largest difference of the logits from our fp32 logits, relative to the largest of these."""
    ours = np.load(logits_of(model, count)).astype(np.float64)
    return float(np.abs(logits - ours).max() / np.abs(ours).max())


def weights_of(model):
    return FOLDER / f"{model}.safetensors"


def images_of(model, count):
    return FOLDER / f"{model}-{count}-images.npy"


def logits_of(model, count):
    return FOLDER / f"{model}-{count}-logits.npy"


def onnx(model, batch):
    return made(FOLDER / f"{model}-{batch}.onnx",
                lambda path: effnet("convert", weights_of(model), path, "--batch", batch))


def tflite(model, batch):
    """Returns a .tflite file that TensorFlow writes.

    TensorFlow runs in a separate process: it is large, and other peers need other versions of its
    libraries.
    """
    def write(path):
        command = [sys.executable, "-m", "Benchmarks.peers.write_tflite", model, str(batch), str(path)]
        result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        if result.returncode != 0:
            raise RuntimeError("no .tflite file: " + (result.stderr.strip().splitlines() or ["?"])[-1])
    return made(FOLDER / f"{model}-{batch}.tflite", write)


def made(path, write):
    """Returns the file. If it is missing, it is written under another name first, then renamed."""
    if not path.exists():
        part = path.with_name("part-" + path.name)
        write(part)
        part.rename(path)
    return path
