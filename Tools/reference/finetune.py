"""Trains with PyTorch and the recipe of effnet train, to compare accuracies.

    python finetune.py --data photos.tar --weights lite0.safetensors [--epochs 6 --seed 1]
    python finetune.py --data photos.tar --weights lite0.safetensors --freeze 2 --resolution 160 --batch 16 --clip 1
    python finetune.py --data photos.tar --from-scratch --width 0.5 --depth 0.5 --resolution 64 --lr 0.05 --epochs 20
        --data: a tar of …/train/CLASS/PHOTO and …/val/CLASS/PHOTO
        --weights: Lite0 with timm's names, as effnet pull lite0 writes it (below ~/.cache/effnet)
        needs: torch 2.15 torchvision 0.29 timm 1.0.31 safetensors pillow

Fine-tuning trains a new classifier alone for the first epochs, then all layers. Batch norm keeps the
weight file's statistics unless --train-norms is given. From scratch, B0 scaled by width and depth is
trained completely from the first step.

Both use SGD with Nesterov momentum, or AdamW; weight decay on filters only; label smoothing; a cosine
schedule of the learning rate over all steps with a warm-up, and a second warm-up when all layers are
trained; random resized crops and flips. Standard output gets one JSON object, standard error one line
for each epoch.
"""
import argparse
import io
import json
import math
import sys
import tarfile
import time

import numpy as np
import timm
import torch
from PIL import Image
from safetensors.torch import load_file
from timm.models.efficientnet import _gen_efficientnet
from torch.nn.functional import cross_entropy
from torchvision.transforms import v2

LITE = (127, 128)  # mean and deviation of Lite0's input
IMAGENET = ([123.675, 116.28, 103.53], [58.395, 57.12, 57.375])  # of B0's input


def arguments():
    parser = argparse.ArgumentParser(prog="finetune.py", description=__doc__.splitlines()[0])
    parser.add_argument("--data", required=True)
    parser.add_argument("--weights", help="weight file of Lite0")
    parser.add_argument("--from-scratch", action="store_true")
    parser.add_argument("--width", type=float, default=1.0, help="factor of the network from scratch (default: 1)")
    parser.add_argument("--depth", type=float, default=1.0, help="factor of the network from scratch (default: 1)")
    parser.add_argument("--resolution", type=int, default=128)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--epochs", type=int, default=6, help="all epochs, including head epochs (default: 6)")
    parser.add_argument("--head-epochs", type=int, default=1, help="epochs that train only the new classifier (default: 1)")
    parser.add_argument("--freeze", type=int, default=0, help="freeze the stem and this many stages (default: 0)")
    parser.add_argument("--train-norms", action="store_true", help="train batch norms in fine-tuning, too")
    parser.add_argument("--optimizer", choices=["sgd", "adamw"], default="sgd")
    parser.add_argument("--lr", type=float, default=0.02)
    parser.add_argument("--warm-up", type=float, default=0.5, help="epochs of warm-up (default: 0.5)")
    parser.add_argument("--momentum", type=float, default=0.9)
    parser.add_argument("--decay", type=float, default=1e-5)
    parser.add_argument("--smoothing", type=float, default=0.1)
    parser.add_argument("--clip", type=float, help="largest norm of all gradients together")
    parser.add_argument("--dropout", type=float, default=0.0)
    parser.add_argument("--stochastic-depth", type=float, default=0.0)
    parser.add_argument("--jitter", type=float, default=0.2, help="strength for brightness, contrast and saturation (default: 0.2)")
    parser.add_argument("--area", type=float, default=0.35, help="smallest share of a photo in a crop (default: 0.35)")
    parser.add_argument("--shown", type=float, default=0.875, help="share of a photo's side in validation (default: 0.875)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    if options.from_scratch == bool(options.weights):
        parser.error("give --weights or --from-scratch")
    return options


def photos(path):
    """Returns the classes, and the photos and labels of each part."""
    parts = {"train": [], "val": []}
    with tarfile.open(path) as archive:
        for member in archive:
            if member.isfile():
                part, name = member.name.split("/")[-3:-1]
                image = Image.open(io.BytesIO(archive.extractfile(member).read())).convert("RGB")
                parts[part].append((image, name))
    classes = sorted({name for _, name in parts["train"]})
    return classes, *([(image, classes.index(name)) for image, name in parts[part]] for part in ("train", "val"))


def batches(samples, order, size, view, scale):
    """Yields images, transformed by `view` and normalized, and labels."""
    mean, deviation = (torch.tensor(number, dtype=torch.float32) for number in scale)
    for start in range(0, len(order), size):
        chosen = [samples[index] for index in order[start:start + size]]
        pixels = torch.from_numpy(np.stack([np.asarray(view(image)) for image, _ in chosen]))  # n, height, width, 3
        yield ((pixels - mean) / deviation).permute(0, 3, 1, 2).float(), torch.tensor([label for _, label in chosen])


def scale_of(options):
    return IMAGENET if options.from_scratch else LITE


def pretrained(path, classes, **drop):
    network = timm.create_model("tf_efficientnet_lite0", num_classes=classes, bn_momentum=0.01, **drop)
    tensors = {name: tensor for name, tensor in load_file(path).items() if not name.startswith("classifier.")}
    missing, unused = network.load_state_dict(tensors, strict=False)
    missing = [name for name in missing if not name.endswith("num_batches_tracked") and not name.startswith("classifier.")]
    if missing or unused:
        sys.exit(f"{path} is not a file of Lite0: {len(missing)} tensors are missing, {len(unused)} are unknown")
    return network


def untrained(width, depth, classes, **drop):
    """Returns a network with timm's initialization: normal filters with variance 2 / fan-out."""
    return _gen_efficientnet("tf_efficientnet_b0", channel_multiplier=width, depth_multiplier=depth, num_classes=classes,
                             pad_type="same", bn_eps=1e-3, bn_momentum=0.01, **drop)


def set_training(network, head_only, frozen_stages, frozen_norms):
    frozen = ["conv_stem.", "bn1.", *(f"blocks.{stage}." for stage in range(frozen_stages))] if frozen_stages else []
    network.train(not head_only)
    for name, parameter in network.named_parameters():
        parameter.requires_grad = name.startswith("classifier.") if head_only else not name.startswith(tuple(frozen))
    for name, module in network.named_modules():
        if isinstance(module, torch.nn.BatchNorm2d) and (frozen_norms or f"{name}.".startswith(tuple(frozen))):
            module.eval()


def rate_factor(step, steps, warm_up, lead):
    """Returns the factor of the learning rate. The schedule starts after `lead` steps of the head alone."""
    if step < lead:
        return min(1, (step + 1) / max(warm_up, 1))
    step, steps = step - lead, steps - lead
    if step < warm_up:
        return (step + 1) / warm_up
    return (1 + math.cos(math.pi * step / steps)) / 2


def top1(network, samples, options):
    """Returns the top-1 accuracy in percent."""
    view = v2.Compose([v2.Resize(int(options.resolution / options.shown), v2.InterpolationMode.BICUBIC),
                       v2.CenterCrop(options.resolution)])
    network.eval()
    with torch.inference_mode():
        right = sum((network(images.to(memory_format=torch.channels_last)).argmax(1) == labels).sum().item()
                    for images, labels in batches(samples, range(len(samples)), 100, view, scale_of(options)))
    return 100 * right / len(samples)


def main(options):
    torch.manual_seed(options.seed)
    torch.set_num_threads(options.threads)
    torch.use_deterministic_algorithms(True)
    classes, training, validation = photos(options.data)
    drop = {"drop_rate": options.dropout, "drop_path_rate": options.stochastic_depth}
    network = (untrained(options.width, options.depth, len(classes), **drop) if options.from_scratch
               else pretrained(options.weights, len(classes), **drop)).to(memory_format=torch.channels_last)
    network.classifier.reset_parameters()  # ±1/√features, as in effnet; timm's ±1/√classes is too large for ten
    groups = [{"params": [p for p in network.parameters() if p.ndim > 1], "weight_decay": options.decay},
              {"params": [p for p in network.parameters() if p.ndim == 1], "weight_decay": 0}]
    if options.optimizer == "sgd":
        optimizer = torch.optim.SGD(groups, lr=options.lr, momentum=options.momentum, nesterov=True)
    else:
        optimizer = torch.optim.AdamW(groups, lr=options.lr)
    head_epochs = 0 if options.from_scratch else options.head_epochs
    lead = head_epochs if head_epochs < options.epochs else 0
    steps = math.ceil(len(training) / options.batch)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: rate_factor(step, steps * options.epochs, int(steps * options.warm_up), steps * lead))
    view = v2.Compose([v2.RandomResizedCrop(options.resolution, scale=(options.area, 1),
                                            interpolation=v2.InterpolationMode.BICUBIC), v2.RandomHorizontalFlip(),
                       v2.ColorJitter(options.jitter, options.jitter, options.jitter)])
    history = []
    for epoch in range(options.epochs):
        start, total = time.monotonic(), 0.0
        set_training(network, head_only=epoch < head_epochs,
                     frozen_stages=options.freeze, frozen_norms=not options.from_scratch and not options.train_norms)
        for images, labels in batches(training, torch.randperm(len(training)).tolist(), options.batch, view,
                                      scale_of(options)):
            optimizer.zero_grad()
            logits = network(images.to(memory_format=torch.channels_last))
            loss = cross_entropy(logits, labels, label_smoothing=options.smoothing)
            loss.backward()
            if options.clip:
                torch.nn.utils.clip_grad_norm_(network.parameters(), options.clip)
            optimizer.step()
            schedule.step()
            total += loss.item() * len(labels)
        seconds = time.monotonic() - start
        history.append({"loss": total / len(training), "top1": top1(network, validation, options), "seconds": seconds})
        print("epoch {}: loss {loss:.4f}, val top-1 {top1:.1f} %, {seconds:.0f} s".format(epoch + 1, **history[-1]),
              file=sys.stderr, flush=True)
    print(json.dumps({"options": vars(options), "versions": {"torch": torch.__version__, "timm": timm.__version__},
                      "parameters": sum(p.numel() for p in network.parameters()), "epochs": history,
                      "top1": history[-1]["top1"], "best": max(epoch["top1"] for epoch in history)}))


if __name__ == "__main__":
    main(arguments())
