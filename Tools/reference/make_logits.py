"""Reference logits of PyTorch implementations, on the formula's weights and input.

    python make_logits.py ../../Tests/EfficientNetFormatsTests/Fixtures/logits-torch.json
        needs: torch 2.15 torchvision 0.29 timm 1.0.31 efficientnet_pytorch 0.7.1

Each entry: name (ours, see Implementation), resolution, parameters, the logits' first 8 values, their mean,
standard deviation, maximum and argmax, in float64 of a float32 run.
"""
import json
import sys

import numpy as np
import torch

import formula


def load(model):
    with torch.no_grad():
        for name, value in model.state_dict().items():
            if value.is_floating_point():
                value.copy_(torch.from_numpy(formula.tensor(name, tuple(value.shape))))
    return model.eval()


def run(name, model, resolution):
    load(model)
    with torch.inference_mode():
        image = torch.from_numpy(formula.image(1, resolution, resolution))
        y = model(image).numpy().astype(np.float64)[0]
    print(name, resolution, flush=True)
    return dict(
        name=name, resolution=resolution,
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
    import timm
    for name in ["efficientnet_b0", "efficientnet_b3", "efficientnet_lite0", "efficientnet_es", "efficientnetv2_s",
                 "mnasnet_050", "mnasnet_100", "mnasnet_small", "semnasnet_075", "semnasnet_100", "mobilenetv2_140",
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
    entries = [run(*entry) for entry in models()]
    with open(sys.argv[1], "w") as file:
        json.dump(entries, file, indent=1)
        file.write("\n")
