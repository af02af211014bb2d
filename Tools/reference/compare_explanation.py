"""Compares our class activation map and Grad-CAM of a photo with PyTorch's, on real weights, in double.

    python compare_explanation.py --weights lite0.safetensors --input x.npy --maps DIR [--class N] [--stage 4] [--relu]
        --weights: with timm's names, as effnet pull lite0 writes them (below ~/.cache/effnet)
        --model: timm's name of the network
        --input: the normalized photo, (1, 3, height, width) or (3, height, width)
        --maps: the folder of our maps (height, width): cam.npy, grad-cam.npy, or both. PyTorch's maps
            are written there as torch-cam.npy and torch-grad-cam.npy
        --stage: the stage that Grad-CAM explains, 0 for blocks.0; default: the features after conv_head
        --relu: our maps have no values below zero
        needs: torch 2.15 timm 1.0.31 safetensors

The printed difference is the largest one, relative to the largest magnitude in PyTorch's map. The exit
code is 1 if it is above 1e-3, and 2 if there is nothing to compare, for example no map of ours.
"""
import argparse
import pathlib
import sys

import numpy as np
import timm
import torch
from safetensors.torch import load_file

from make_explanation import class_activation_map, forward, grad_cam

LARGEST = 1e-3


def arguments():
    parser = argparse.ArgumentParser(prog="compare_explanation.py", description=__doc__.splitlines()[0])
    parser.add_argument("--weights", required=True)
    parser.add_argument("--model", default="tf_efficientnet_lite0", help="timm's name (default: tf_efficientnet_lite0)")
    parser.add_argument("--input", required=True)
    parser.add_argument("--maps", required=True, type=pathlib.Path)
    parser.add_argument("--class", type=int, dest="label", help="class index (default: the class with the largest logit)")
    parser.add_argument("--stage", type=int)
    parser.add_argument("--relu", action="store_true")
    return parser.parse_args()


def fail(message):
    print(message, file=sys.stderr)
    sys.exit(2)


def network(name, path):
    tensors = load_file(path)
    if "classifier.weight" not in tensors:
        fail(f"{path} has no classifier.weight: its names are not timm's")
    model = timm.create_model(name, pretrained=False, num_classes=len(tensors["classifier.weight"]))
    missing, unused = model.load_state_dict(tensors, strict=False)
    missing = [tensor for tensor in missing if not tensor.endswith("num_batches_tracked")]
    if missing or unused:
        fail(f"{path} is not a file of {name}: {len(missing)} tensors are missing, {len(unused)} are unknown")
    return model.double().eval()


def compare(folder, name, expected, relu):
    """Returns the relative difference, or None if our map is missing."""
    expected = expected.numpy()
    if relu:
        expected = np.maximum(expected, 0)
    np.save(folder / f"torch-{name}.npy", expected.astype(np.float32))
    path = folder / f"{name}.npy"
    if not path.exists():
        print(f"{name}: {path} does not exist; torch-{name}.npy {expected.shape} is written")
        return None
    ours = np.load(path).astype(np.float64)
    if ours.shape != expected.shape:
        fail(f"{path} has the shape {ours.shape}, not {expected.shape}")
    largest = np.abs(expected).max()
    error = np.abs(ours - expected).max() / largest if largest > 0 else np.abs(ours).max()
    print(f"{name} {expected.shape}: relative difference {error:.2e}, largest magnitude {largest:.6g}")
    return error


def main(options):
    torch.set_num_threads(1)
    model = network(options.model, options.weights)
    image = torch.from_numpy(np.load(options.input)).double()
    image = image[None] if image.ndim == 3 else image
    if image.ndim != 4 or image.shape[:2] != (1, 3):
        fail(f"{options.input} has the shape {tuple(image.shape)}, not (1, 3, height, width)")
    layer = "conv_head" if options.stage is None else f"blocks.{options.stage}"
    logits, outputs = forward(model, image)
    if layer not in outputs:
        fail(f"{options.model} has no stage {options.stage}, only 0 to {len(model.blocks) - 1}")
    if options.label is not None and not 0 <= options.label < len(logits):
        fail(f"there is no class {options.label}, only 0 to {len(logits) - 1}")
    label = logits.argmax().item() if options.label is None else options.label
    probability = logits.softmax(0)[label].item()
    print(f"class {label}: logit {logits[label].item():.6g}, probability {probability:.6g}; Grad-CAM of {layer}")
    errors = [compare(options.maps, "cam", class_activation_map(model, outputs["conv_head"], label), options.relu),
              compare(options.maps, "grad-cam", grad_cam(logits[label], outputs[layer]), options.relu)]
    errors = [error for error in errors if error is not None]
    if not errors:
        return 2
    return 0 if all(error <= LARGEST for error in errors) else 1  # also 1 for NaN


if __name__ == "__main__":
    sys.exit(main(arguments()))
