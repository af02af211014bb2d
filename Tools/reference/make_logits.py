"""Reference logits of PyTorch implementations, on the formula's weights and input.

    python make_logits.py ../../Tests/EfficientNetFormatsTests/Fixtures/logits-torch.json
        needs: torch 2.15 torchvision 0.29 timm 1.0.31 efficientnet_pytorch 0.7.1

Each entry has the name (ours, see PublishedNetwork), resolution, parameters, and the logits' first 8
values, mean, standard deviation, maximum and argmax, in float64 from a float32 run.

The deepest networks have a gain, a factor on all filters. Without it, their values grow until rounding
decides the logits: those of torchvision's efficientnet_v2_m with and without oneDNN differ by 60 % of
the largest logit.
"""
import json
import sys

import numpy as np
import torch

import formula


GAINS = {name: 0.5 for name in [
    "torchvision/efficientnet_v2_m", "torchvision/efficientnet_v2_l", "timm/tf_efficientnetv2_m", "timm/tf_efficientnetv2_xl"]}


def load(model, gain=1.0, rename=lambda name: name):
    with torch.no_grad():
        for name, value in model.state_dict().items():
            if value.is_floating_point():
                value.copy_(torch.from_numpy(formula.tensor(rename(name), tuple(value.shape))) * (gain if value.ndim > 1 else 1))
    return model.eval()


def resnet50_style():
    """torchvision's ResNet-50 with our changes: another stem, and a stride instead of max pooling."""
    import torchvision.models
    model = torchvision.models.resnet50(weights=None)
    model.conv1 = torch.nn.Conv2d(3, 64, 3, stride=2, padding=1, bias=False)
    model.maxpool = torch.nn.Identity()
    model.layer1[0].conv2.stride = model.layer1[0].downsample[0].stride = (2, 2)
    return model


def our_resnet_name(name):
    """Returns, for example, "blocks.0.0.downsample.1.bias" for "layer1.0.downsample.1.bias"."""
    first, rest = name.split(".", 1)
    if first.startswith("layer"):
        return f"blocks.{int(first[5:]) - 1}.{rest}"
    return {"conv1": "conv_stem", "fc": "classifier"}.get(first, first) + "." + rest


def run(name, model, resolution):
    gain = GAINS.get(name, 1.0)
    load(model, gain, our_resnet_name if name == "resnet-50-style" else lambda name: name)
    with torch.inference_mode():
        image = torch.from_numpy(formula.image(1, resolution, resolution))
        y = model(image).numpy().astype(np.float64)[0]
    print(name, resolution, flush=True)
    return dict(
        name=name, **({} if gain == 1 else dict(gain=gain)), resolution=resolution,
        parameters=sum(p.numel() for p in model.parameters()), classes=len(y),
        first=[float(v) for v in y[:8]], mean=float(y.mean()), std=float(y.std()),
        max=float(y.max()), argmax=int(y.argmax()))


def models():
    import torchvision.models
    sizes = [224, 240, 288, 300, 380, 456, 528, 600]
    for name, resolution in [(f"efficientnet_b{i}", size) for i, size in enumerate(sizes)] + [
            ("efficientnet_v2_s", 384), ("efficientnet_v2_m", 480), ("efficientnet_v2_l", 480),
            ("mobilenet_v2", 224), ("mnasnet0_5", 224), ("mnasnet1_0", 224), ("mnasnet1_3", 224)]:
        yield f"torchvision/{name}", getattr(torchvision.models, name)(weights=None), resolution
    yield "resnet-50-style", resnet50_style(), 224
    import timm
    for name in ["efficientnet_b0", "efficientnet_b3", "efficientnet_lite0", "efficientnet_es", "efficientnetv2_s",
                 "mnasnet_050", "mnasnet_100", "mnasnet_small", "semnasnet_075", "semnasnet_100", "mobilenetv1_100", "mobilenetv2_140",
                 *[f"tf_efficientnet_b{i}" for i in range(9)], *[f"tf_efficientnet_lite{i}" for i in range(5)],
                 *[f"tf_efficientnet_{size}" for size in ("es", "em", "el")],
                 *[f"tf_efficientnetv2_{size}" for size in ("b0", "b1", "b2", "b3", "s", "m", "xl")]]:
        model = timm.create_model(name, pretrained=False)
        yield f"timm/{name}", model, model.default_cfg["input_size"][1]
    from efficientnet_pytorch import EfficientNet
    for name, resolution in (("b0", 224), ("b2", 260), ("b5", 456)):
        yield f"lukemelas/efficientnet-{name}", EfficientNet.from_name(f"efficientnet-{name}"), resolution


if __name__ == "__main__":
    torch.set_num_threads(1)
    wanted = sys.argv[2:]  # only these entries; the others in the file do not change
    entries = [run(*entry) for entry in models() if not wanted or entry[0] in wanted]
    if wanted:
        new = {entry["name"]: entry for entry in entries}
        old = json.load(open(sys.argv[1]))
        entries = [new.pop(entry["name"], entry) for entry in old]
        entries += new.values()
    with open(sys.argv[1], "w") as file:
        json.dump(entries, file, indent=1)
        file.write("\n")
