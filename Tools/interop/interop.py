"""Exchanges weights between effnet and the frameworks and compares the logits of both.

    python interop.py [WORD …]      with words: only networks whose name contains one (b0, torchvision, …)
        needs: torch 2.15 torchvision 0.29 timm 1.0.31 efficientnet_pytorch 0.7.1 keras 3.15 tensorflow-cpu 2.21
               onnx 1.23 onnxruntime 1.32 safetensors 0.8 numpy 2; the command effnet; EFFNET can set its path

networks.py has the networks. Every line of the table is one file:

    read      written by the framework: effnet inspect names the network, effnet run gives its logits
    written   written by effnet convert: the framework loads all of it and gives the same logits
    control   read as a slightly different network: here the logits must *not* agree

The error is the largest difference of the logits, divided by the largest logit. The exit code is 1 if
an error is above the limit.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.dont_write_bytecode = True
try:
    from networks import KerasNetwork, TorchNetwork, torch_logits, torch_model  # first, because it sets up TensorFlow
    from check_onnx import checked, onnx_logits, relative_error
    import numpy as np
    import timm
    import torch
    from safetensors.torch import load_file, save_file
    from timm.utils import CheckpointSaver, ModelEmaV3
except ModuleNotFoundError as error:
    sys.exit(f"{error}; {__file__} lists the packages: install them in a venv, then make interop PYTHON=venv/bin/python")

LIMIT = 1e-4
EFFNET = Path(os.environ.get("EFFNET", Path(__file__).parents[2] / ".build/release/effnet")).resolve()

# B4 and V2-S below their own resolution: 190 becomes 95, 48, 24, 12, 6, odd and even, so that paddings differ.
NETWORKS = {
    224: ["timm/efficientnet_b0", "timm/tf_efficientnet_b0", "torchvision/efficientnet_b0", "lukemelas/efficientnet-b0",
          "keras/EfficientNetB0", "timm/efficientnet_lite0", "timm/tf_efficientnet_lite0"],
    190: ["timm/efficientnet_b4", "timm/tf_efficientnet_b4", "torchvision/efficientnet_b4", "lukemelas/efficientnet-b4",
          "keras/EfficientNetB4"],
    160: ["timm/efficientnetv2_s", "timm/tf_efficientnetv2_s", "torchvision/efficientnet_v2_s",
          "keras/EfficientNetV2S"],
    96: ["keras/EfficientNetV2B0"],  # its normalization uses constants, a third kind
}

# The same network in two frameworks: weights of the first give the same logits in the second.
TWINS = {
    "timm/efficientnet_b0": "torchvision/efficientnet_b0", "timm/efficientnet_b4": "torchvision/efficientnet_b4",
    "torchvision/efficientnet_b0": "timm/efficientnet_b0", "torchvision/efficientnet_b4": "timm/efficientnet_b4",
    "lukemelas/efficientnet-b0": "timm/tf_efficientnet_b0", "lukemelas/efficientnet-b4": "timm/tf_efficientnet_b4",
    "keras/EfficientNetB0": "timm/tf_efficientnet_b0", "keras/EfficientNetB4": "timm/tf_efficientnet_b4",
    "keras/EfficientNetV2S": "timm/tf_efficientnetv2_s", "keras/EfficientNetV2B0": "timm/tf_efficientnetv2_b0",
}


class Table:
    """A table whose lines are printed at once."""

    def __init__(self):
        self.count, self.failures, self.worst, self.start = 0, 0, 0.0, time.monotonic()
        self.line("framework", "network", "file", "direction", "error", "")

    @staticmethod
    def line(framework, network, form, direction, error, note):
        print(f"{framework:12}{network:22}{form:48}{direction:10}{error:>8}  {note}".rstrip(), flush=True)

    def add(self, network, form, direction, check):
        """Adds a line for the result of `check`: an error, or an error and a note."""
        error, note, passed = None, "", False
        try:
            result = check()
            error, note = result if isinstance(result, tuple) else (result, "")
            passed = error > 10 * LIMIT if direction == "control" else error <= LIMIT
        except Exception as failure:  # any failure is a line of the table, and the others continue
            note = f"{type(failure).__name__}: {failure}"
        if error is not None and direction != "control":
            self.worst = max(self.worst, error)
        self.count += 1
        self.failures += not passed
        self.line(network.framework, network.model_name, form, direction,
                  "" if error is None else f"{error:.1e}", note if passed else f"FAILED {note}")

    def total(self):
        print(f"{self.count} files, {self.failures} failed, largest error {self.worst:.1e}, limit {LIMIT:.0e}, "
              f"{time.monotonic() - self.start:.0f} s")
        return 1 if self.failures or not self.count else 0


# MARK: The command

def effnet(*arguments):
    """Runs the command and returns its output. Raises RuntimeError with its message."""
    result = subprocess.run([EFFNET, *map(str, arguments)], capture_output=True, text=True)
    if result.returncode != 0:
        raise RuntimeError(f"effnet {arguments[0]}: exit code {result.returncode}, {result.stderr.strip()}")
    return result.stdout


def effnet_logits(weights, x, *options):
    np.save("x.npy", x)
    effnet("run", "--weights", weights, "--input", "x.npy", "--output", "y.npy", *options)
    return np.load("y.npy")


def convert(source, file, network, *options):
    effnet("convert", source, file, "--model", network.name, *options)
    return file


def told(file, names, *options):
    """Returns the networks that effnet inspect finds in a file, which must be `names`."""
    fits = json.loads(effnet("inspect", file, "--json", *options))["fits"]
    found = [fit["model"] for fit in fits if fit["exact"]]
    if sorted(found) != sorted(names):
        raise RuntimeError(f"effnet inspect says {found}, not {names}")
    return ", ".join(found)


# MARK: Files written by the frameworks

def read(table, network, form, file, names=None, *options, logits=None):
    """Reads a file. `names` are the networks that it fits, if there are others than `network`."""
    def check():
        note = told(file, names or [network.name], *options)
        model = ["--model", network.name] if names else []
        found = effnet_logits(file, network.x, *model, *options)
        return relative_error(found, network.logits if logits is None else logits), note
    table.add(network, form, "read", check)


def control(table, network, file, name):
    table.add(network, f"read as {name}", "control", lambda: relative_error(
        effnet_logits(file, network.x, "--model", name), network.logits))


def read_rounded(table, network, names, form, type):
    """Reads half precision. The framework computes in 32 bits with the same rounded weights."""
    state = {key: value.to(type) if value.is_floating_point() else value for key, value in network.state.items()}
    save_file(state, f"{form}.safetensors")
    rounded = {key: value.to(network.state[key].dtype) for key, value in state.items()}
    logits = torch_logits(torch_model(network.name, network.side, state=rounded), network.x)
    read(table, network, f".safetensors, {form}", f"{form}.safetensors", names, logits=logits)


def read_checkpoint(table, network):
    """Reads timm's training checkpoint: weights, averages, optimizer state, options, network name."""
    optimizer = torch.optim.SGD(network.model.parameters(), lr=0.0, momentum=0.9)
    for parameter in network.model.parameters():
        parameter.grad = torch.zeros_like(parameter)
    optimizer.step()
    average = ModelEmaV3(network.model)
    with torch.no_grad():
        for parameter in average.module.parameters():
            parameter.mul_(1.01)
    options = argparse.Namespace(model=network.model_name, lr=0.1, opt="sgd", mean=(0.5, 0.5, 0.5))
    CheckpointSaver(network.model, optimizer, args=options, model_ema=average).save_checkpoint(epoch=3, metric=70.0)
    file, logits = "checkpoint-3.pth.tar", torch_logits(average.module, network.x)
    read(table, network, ".pth.tar of a training, averages", file, logits=logits)
    read(table, network, ".pth.tar of a training, --no-ema", file, None, "--no-ema")


def read_keras(table, network, form, file):
    """Reads a Keras model with preprocessing layers. Our preprocessing must be theirs."""
    def check():
        note = told(file, [network.name])
        ours = convert(file, "ours.safetensors", network)
        preprocessing = json.loads(effnet("inspect", ours, "--json"))["description"]["preprocessing"]
        images = network.normalized(preprocessing["mean"], preprocessing["std"])
        return relative_error(effnet_logits(file, images, "--layout", "nhwc"), network.logits), note
    table.add(network, form, "read", check)


# MARK: Files written by effnet

def written(table, network, source, naming, into=None):
    """Loads a written file into a new network of the framework, or of its twin in another one."""
    def check():
        state = load_file(convert(source, "written.safetensors", network, "--naming", naming))
        model = torch_model(into or network.name, network.side, state=state)
        return relative_error(torch_logits(model, network.x), network.logits), into or ""
    table.add(network, f".safetensors, --naming {naming}", "written", check)


def written_twin(table, network, source):
    if twin := TWINS.get(network.name):
        written(table, network, source, twin.split("/")[0], into=twin)


def written_ours(table, network, source):
    """Loads our own file, which describes itself, with timm as a user does."""
    def check():
        ours = convert(source, "ours.safetensors", network)
        note = told(ours, [network.name])
        model = timm.create_model(network.model_name, checkpoint_path=ours)
        return max(relative_error(torch_logits(model, network.x), network.logits),
                   relative_error(effnet_logits(ours, network.x), network.logits)), note
    table.add(network, ".safetensors of ours, checkpoint_path=", "written", check)


def written_head(table, network, source, naming):
    """Writes a new head for 7 classes. Both sides compute its logits."""
    def check():
        file = convert(source, "head.safetensors", network, "--naming", naming, "--classes", 7)
        model = torch_model(network.name, network.side, classes=7, state=load_file(file))
        return relative_error(effnet_logits(file, network.x, "--model", network.name), torch_logits(model, network.x))
    table.add(network, f".safetensors, --naming {naming} --classes 7", "written", check)


def written_arrays(table, network, source):
    """Writes NumPy's archive, which must have exactly the framework's numbers."""
    def check():
        arrays = np.load(convert(source, "written.npz", network, "--naming", network.framework))
        if set(arrays.files) != set(network.arrays):
            raise ValueError(f"names differ: {sorted(set(arrays.files) ^ set(network.arrays))[:4]}")
        for key, value in network.arrays.items():
            np.testing.assert_array_equal(arrays[key], value, err_msg=key)
        return 0.0, "every number"
    table.add(network, f".npz, --naming {network.framework}", "written", check)


def written_onnx(table, network, source, *, all_forms):
    """Compares ONNX Runtime with the framework and with effnet run."""
    forms = [("dynamic", ()), ("1", ()), ("dynamic", ("--no-fold",)), ("1", ("--no-fold",))]
    for batch, options in forms if all_forms else forms[:1]:
        def check(batch=batch, options=options):
            file = convert(source, "written.onnx", network, "--resolution", network.side,
                           "--opset", 17, "--batch", batch, *options)
            model = checked(file)
            logits = onnx_logits(file, network.x, batch=len(network.x) if batch == "dynamic" else int(batch))
            ours = effnet_logits(source, network.x, "--model", network.name)
            return (max(relative_error(logits, network.logits), relative_error(logits, ours)),
                    f"{len(model.graph.node)} nodes")
        table.add(network, " ".join([".onnx, --batch", batch, *options]), "written", check)


# MARK: The frameworks

def timm_lines(table, network, *, all_forms):
    own = network.name.replace("/tf_", "/")
    names = [own, own.replace("/", "/tf_")]
    save_file(network.state, "model.safetensors", metadata={"format": "pt"})
    torch.save(network.state, "model.pth")
    read(table, network, ".safetensors", "model.safetensors", names)
    read(table, network, ".pth", "model.pth", names)
    if all_forms:
        torch.save(network.state, "legacy.pth", _use_new_zipfile_serialization=False)
        read(table, network, ".pth, before PyTorch 1.6", "legacy.pth", names)
        read_checkpoint(table, network)
        read_rounded(table, network, names, "float16", torch.float16)
        read_rounded(table, network, names, "bfloat16", torch.bfloat16)
        np.savez("model.npz", **network.arrays)
        read(table, network, ".npz", "model.npz", names)
    control(table, network, "model.safetensors", next(name for name in names if name != network.name))
    written(table, network, "model.pth", "timm")
    written_twin(table, network, "model.pth")
    written_ours(table, network, "model.pth")
    written_head(table, network, "model.pth", "timm")
    written_arrays(table, network, "model.pth")
    written_onnx(table, network, "model.pth", all_forms="/tf_" in network.name)


def torchvision_lines(table, network):
    torch.save(network.state, "model.pth")
    read(table, network, ".pth", "model.pth")
    written(table, network, "model.pth", "torchvision")
    written_twin(table, network, "model.pth")
    written_head(table, network, "model.pth", "torchvision")
    written_arrays(table, network, "model.pth")
    written_onnx(table, network, "model.pth", all_forms=False)


def lukemelas_lines(table, network):
    torch.save(network.state, "model.pth")
    read(table, network, ".pth", "model.pth")
    written_twin(table, network, "model.pth")
    written_onnx(table, network, "model.pth", all_forms=False)


def keras_lines(table, network):
    network.model.save_weights("model.weights.h5")
    network.model.save("model.keras")
    network.model.save("model.h5")
    read(table, network, ".weights.h5", "model.weights.h5")
    read_keras(table, network, ".keras", "model.keras")
    read_keras(table, network, ".h5, before Keras 3", "model.h5")
    written_twin(table, network, "model.weights.h5")
    written_onnx(table, network, "model.weights.h5", all_forms=False)


def lines(table, name, side):
    match name.split("/")[0]:
        case "timm": timm_lines(table, TorchNetwork(name, side), all_forms=name == "timm/efficientnet_b0")
        case "torchvision": torchvision_lines(table, TorchNetwork(name, side))
        case "lukemelas": lukemelas_lines(table, TorchNetwork(name, side))
        case "keras": keras_lines(table, KerasNetwork(name, side))


def main(words):
    if not EFFNET.exists():
        sys.exit(f"{EFFNET} does not exist; run 'make build', or set EFFNET to the command")
    table = Table()
    for name, side in [(name, side) for side, names in NETWORKS.items() for name in names]:
        if not words or any(word in name for word in words):
            with tempfile.TemporaryDirectory() as folder:
                os.chdir(folder)
                lines(table, name, side)
                os.chdir("/")
    return table.total()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
