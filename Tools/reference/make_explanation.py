"""Reference features, class activation maps and Grad-CAM of timm's networks in double precision, on the formula's weights.

    python make_explanation.py ../../Tests/EfficientNetExplanationTests/Fixtures/explanation-torch.json
        needs: torch 2.15 timm 1.0.31

The image is formula.image(1, 96, 96). Tensors are in the order (channel, row, column), maps in
(row, column). A network's entry has:

    features    the result of forward_features, conv_head with its norm and activation: every
                `channel_stride`-th channel, all pixels
    stages      the outputs of blocks.0, blocks.1, …: every `stride`-th value of the flattened tensor,
                and the mean and the largest magnitude of all its values
    pooled      the features' means
    maps        for two classes, the one with the largest logit and another one:
        cam         sum over channels of classifier weight * feature
        grad_cam    of some layers' outputs A ("conv_head": the features): sum over channels of a * A,
                    where a is the mean over all pixels of d logit / d A

Both maps are raw: without the ReLU and not normalized. `feature_info` lists the features of timm's
features_only=True with the default indices.
"""
import copy
import json
import math
import sys

import timm
import torch

import formula
from make_logits import load

RESOLUTION = 96
CLASS = 7
CHANNEL_STRIDE = 16
SAMPLES = 200  # of a stage's output, at most
LAYERS = ["blocks.2", "blocks.4", "blocks.6", "conv_head"]
NAMES = ["tf_efficientnet_lite0", "tf_efficientnet_b0"]
MORE_NAMES = ["tf_efficientnet_b7", "tf_efficientnetv2_s", "efficientnet_b0"]


def forward(model, image):
    """Returns the logits and, by name, the outputs of all stages and of conv_head, with gradients."""
    outputs, hooks = {}, []
    layers = {f"blocks.{index}": stage for index, stage in enumerate(model.blocks)} | {"conv_head": model.bn2}
    for name, module in layers.items():
        hooks.append(module.register_forward_hook(lambda module, inputs, output, name=name: outputs.__setitem__(name, output)))
    logits = model(image)
    for hook in hooks:
        hook.remove()
    return logits[0], outputs


def class_activation_map(model, features, label):
    return torch.einsum("c,chw->hw", model.classifier.weight[label], features[0]).detach()


def grad_cam(logit, output):
    gradient, = torch.autograd.grad(logit, output, retain_graph=True)
    return torch.einsum("c,chw->hw", gradient[0].mean((1, 2)), output[0]).detach()


def numbers(tensor):
    return [float(f"{value:.9g}") for value in tensor.detach().flatten().tolist()]


def sample(name, output):
    """Samples an output. The stride is coprime to the pixels, so that values come from everywhere."""
    values = output[0].flatten()
    stride = math.ceil(len(values) / SAMPLES)
    while math.gcd(stride, output[0, 0].numel()) > 1:
        stride += 1
    mean, largest = numbers(torch.stack([values.mean(), values.abs().max()]))
    return dict(name=name, shape=list(output.shape[1:]), stride=stride, mean=mean, max_abs=largest,
                values=numbers(values[::stride]))


def difference(value, expected):
    """Returns the largest difference, relative to the largest magnitude."""
    return ((value - expected).abs().max() / expected.abs().max()).item()


def check(what, value, expected):
    error = difference(value.detach(), expected.detach())
    print(f"  {what}: relative difference {error:.1e}")
    assert error < 1e-10


def maps(model, logits, outputs, label):
    features, logit = outputs["conv_head"], logits[label]
    cam = class_activation_map(model, features, label)
    gradients = {layer: grad_cam(logit, outputs[layer]) for layer in LAYERS}
    bias = model.classifier.bias[label]
    print(f"  class {label}: logit {logit.item():.9g}, mean of the map {cam.mean().item():.9g}, bias {bias.item():.9g}")
    check("mean of the map + bias, and logit", cam.mean() + bias, logit)
    check("pixels * Grad-CAM of conv_head, and map", gradients["conv_head"] * cam.numel(), cam)
    return {"class": label, "logit": numbers(logit)[0], "cam": numbers(cam),
            "grad_cam": [dict(layer=layer, shape=list(map_.shape), values=numbers(map_)) for layer, map_ in gradients.items()]}


def show_rounding(single, double, labels):
    """Prints the differences between runs in single and double precision."""
    for layer in double[1]:
        errors = [difference(single[1][layer].detach(), double[1][layer].detach())]
        if layer in LAYERS:
            errors += [difference(*(grad_cam(logits[label], outputs[layer]) for logits, outputs in (single, double)))
                       for label in labels]
        print(f"  float32, {layer}, and Grad-CAM of both classes:", *(f"{error:.1e}" for error in errors))


def run(name):
    print(name, flush=True)
    model = load(timm.create_model(name, pretrained=False))
    image = torch.from_numpy(formula.image(1, RESOLUTION, RESOLUTION))
    single = copy.deepcopy(model)
    model = model.double()
    logits, outputs = forward(model, image.double())
    features, labels = outputs["conv_head"], [logits.argmax().item(), CLASS]
    check("hook, and forward_features", features, model.forward_features(image.double()))
    entry = dict(
        name=name, resolution=RESOLUTION, argmax=labels[0], shape=list(features.shape[1:]),
        features=dict(channel_stride=CHANNEL_STRIDE, values=numbers(features[0, ::CHANNEL_STRIDE])),
        stages=[sample(stage, output) for stage, output in outputs.items() if stage != "conv_head"],
        pooled=numbers(model.global_pool(features)),
        maps=[maps(model, logits, outputs, label) for label in labels])
    show_rounding(forward(single, image), (logits, outputs), labels)
    return entry


def feature_info(name):
    with torch.device("meta"):
        info = timm.create_model(name, pretrained=False, features_only=True).feature_info
    return dict(name=name, modules=info.module_name(), channels=info.channels(), reductions=info.reduction())


if __name__ == "__main__":
    torch.set_num_threads(1)
    result = dict(networks=[run(name) for name in NAMES], feature_info=[feature_info(name) for name in NAMES + MORE_NAMES])
    with open(sys.argv[1], "w") as file:
        json.dump(result, file, separators=(",", ":"))
        file.write("\n")
