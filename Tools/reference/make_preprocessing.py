"""Writes the preprocessing of timm's and torchvision's default weights.

    python make_preprocessing.py ../../Tests/EfficientNetTests/Fixtures/preprocessing.json
        needs: torch 2.15 torchvision 0.29 timm 1.0.31

Each entry has the name (ours, see PublishedNetwork), resize, crop, interpolation, squash, mean and std
in units of 0…255, and the network's batch-norm epsilon and momentum.
"""
import json
import math
import re
import sys

import timm
import torch
import torchvision


def entry(name, resize, crop, interpolation, squash, mean, std, model):
    norm = next(m for m in model.modules() if isinstance(m, torch.nn.BatchNorm2d))
    return dict(name=name, resize=resize, crop=crop, interpolation=interpolation, squash=squash,
                mean=[255 * v for v in mean], std=[255 * v for v in std], epsilon=norm.eps, momentum=1 - norm.momentum)


def entries(names):
    for name in names:
        framework, model_name = name.split("/")
        if framework == "timm":
            config = timm.get_pretrained_cfg(model_name)
            size = config.input_size[1]
            with torch.device("meta"):
                model = timm.create_model(model_name)
            yield entry(name, math.floor(size / config.crop_pct), size, config.interpolation, config.crop_mode == "squash",
                        config.mean, config.std, model)
        elif framework == "torchvision":
            transforms = torchvision.models.get_model_weights(model_name).DEFAULT.transforms()
            with torch.device("meta"):
                model = getattr(torchvision.models, model_name)(weights=None)
            yield entry(name, transforms.resize_size[0], transforms.crop_size[0], transforms.interpolation.value, False,
                        transforms.mean, transforms.std, model)


if __name__ == "__main__":
    folder = "../../Sources/EfficientNet/PublishedNetworks"
    names = [f"timm/{name}" for name in re.findall(r'(?:native|tensorFlow)\(\s*"(\w+)"', open(f"{folder}/PublishedNetwork+Timm.swift").read())]
    text = open(f"{folder}/PublishedNetwork+Torchvision.swift").read()
    names += [f"torchvision/{name}" for name in re.findall(r'"((?:efficientnet|mobilenet|mnasnet)\w+)"', text)]
    with open(sys.argv[1], "w") as file:
        file.write("[\n" + ",\n".join(json.dumps(e) for e in entries(names)) + "\n]\n")
