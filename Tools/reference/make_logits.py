"""Reference logits of PyTorch implementations, on the formula's weights and input.

    python make_logits.py ../../Tests/EfficientNetTests/Fixtures/logits.json
        needs: torch 2.15 timm 1.0.31 efficientnet_pytorch 0.7.1

Each entry: source, model, resolution, parameters, the logits' first 8 values, their mean,
standard deviation, maximum and argmax, in float64 of a float32 run.
"""
import json
import sys

import numpy as np
import torch

import formula

torch.set_num_threads(1)


def load(model):
    with torch.no_grad():
        for name, value in model.state_dict().items():
            if value.is_floating_point():
                value.copy_(torch.from_numpy(formula.tensor(name, tuple(value.shape))))
    return model.eval()


def run(source, name, model, resolution):
    load(model)
    with torch.inference_mode():
        image = torch.from_numpy(formula.image(1, resolution, resolution))
        y = model(image).numpy().astype(np.float64)[0]
    return dict(
        source=source, model=name, resolution=resolution,
        parameters=sum(p.numel() for p in model.parameters()), classes=len(y),
        first=[float(v) for v in y[:8]], mean=float(y.mean()), std=float(y.std()),
        max=float(y.max()), argmax=int(y.argmax()))


def models():
    from efficientnet_pytorch import EfficientNet
    for name, resolution in (("b0", 224), ("b2", 260), ("b5", 456)):
        yield "efficientnet_pytorch", name, EfficientNet.from_name(f"efficientnet-{name}"), resolution
    import timm
    for name in ("lite0", "lite1", "lite2", "lite3", "lite4"):
        model = timm.create_model(f"tf_efficientnet_{name}", pretrained=False)
        yield "timm", name, model, {"lite3": 280, "lite4": 300}.get(name, model.default_cfg["input_size"][1])


if __name__ == "__main__":
    entries = [run(*entry) for entry in models()]
    with open(sys.argv[1], "w") as file:
        json.dump(entries, file, indent=1)
        file.write("\n")
