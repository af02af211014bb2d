"""Writes the results of Pillow and torchvision on small pictures, as a reference for augmentation.

    python make_augmentation.py ../../Tests/EfficientNetTrainingTests/Fixtures/augmentation.json
        needs: Pillow 13.0.0 torchvision 0.29.2 NumPy 2.4.6

Each entry has the operation, its argument (value), the source (width, height, seed, low, high) and the
result's bytes in hexadecimal. The source's bytes are those of `noise`.
"""
import json
import sys

import numpy as np
from PIL import Image, ImageEnhance, ImageOps
from torchvision.transforms import functional

GRAY = (128, 128, 128)


def noise(width, height, seed, low, high):
    """The high bytes of Numerical Recipes' linear congruential generator, scaled to low…high."""
    values, state = [], seed
    for _ in range(width * height * 3):
        state = (state * 1664525 + 1013904223) % 2**32
        values.append(low + (state >> 24) * (high - low) // 255)
    return Image.fromarray(np.array(values, np.uint8).reshape(height, width, 3))


def affine(image, *map):
    return image.transform(image.size, Image.Transform.AFFINE, map, Image.Resampling.NEAREST, fillcolor=GRAY)


OPERATIONS = {
    "shearX": lambda image, value: affine(image, 1, value, 0, 0, 1, 0),
    "shearY": lambda image, value: affine(image, 1, 0, 0, value, 1, 0),
    "translateX": lambda image, value: affine(image, 1, 0, value, 0, 1, 0),
    "translateY": lambda image, value: affine(image, 1, 0, 0, 0, 1, value),
    "rotate": lambda image, value: image.rotate(value, Image.Resampling.NEAREST, fillcolor=GRAY),
    "autocontrast": lambda image, value: ImageOps.autocontrast(image),
    "equalize": lambda image, value: ImageOps.equalize(image),
    "invert": lambda image, value: ImageOps.invert(image),
    "posterize": lambda image, value: ImageOps.posterize(image, int(value)),
    "solarize": lambda image, value: ImageOps.solarize(image, int(value)),
    "color": lambda image, value: ImageEnhance.Color(image).enhance(value),
    "contrast": lambda image, value: ImageEnhance.Contrast(image).enhance(value),
    "brightness": lambda image, value: ImageEnhance.Brightness(image).enhance(value),
    "sharpness": lambda image, value: ImageEnhance.Sharpness(image).enhance(value),
    "hue": functional.adjust_hue,
    "flip": lambda image, value: ImageOps.mirror(image),
}
SMALL, LARGE, DULL, FLAT = (13, 9, 1, 0, 255), (31, 27, 2, 0, 255), (30, 25, 3, 60, 141), (5, 4, 4, 77, 77)
ONE, TALL, WIDE = (1, 1, 5, 0, 255), (1, 20, 6, 0, 255), (20, 2, 7, 0, 255)
ALL = [SMALL, ONE, TALL, WIDE]
FACTORS = [0, 0.1, 0.46, 0.5, 1, 1.36, 1.9, 3.5]

CASES = [(name, value, source) for name, values, sources in [
    ("shearX", [0.3, -0.3, 0.15, 0.27], ALL), ("shearY", [0.3, -0.3, 0.09], ALL),
    ("translateX", [3, -4.25, 2.5, 0, 30], ALL), ("translateY", [3, -4.25, 2.5, 30], ALL),
    ("rotate", [30, -30, 27, 9, -3], ALL), ("rotate", [24, -24], [LARGE]),
    ("autocontrast", [0], [DULL, FLAT, SMALL, ONE]), ("equalize", [0], [LARGE, DULL, FLAT, SMALL]),
    ("invert", [0], [SMALL]), ("posterize", [1, 3, 4, 8], [SMALL]), ("solarize", [0, 77, 128, 230, 256], [SMALL]),
    ("color", FACTORS, [SMALL]), ("contrast", FACTORS, [SMALL, DULL]), ("brightness", FACTORS, [SMALL]),
    ("sharpness", FACTORS, [SMALL, TALL]), ("sharpness", [0.1], [WIDE, ONE]),
    ("hue", [-0.5, -0.21, 0, 0.1, 0.37, 0.5], [LARGE]), ("hue", [0.1], [DULL, FLAT]), ("flip", [0], ALL),
] for value in values for source in sources]

with open(sys.argv[1], "w") as file:
    entries = []
    for name, value, source in CASES:
        width, height, seed, low, high = source
        entry = dict(operation=name, value=value, width=width, height=height, seed=seed, low=low, high=high)
        entries.append(json.dumps(entry | dict(result=OPERATIONS[name](noise(*source), value).tobytes().hex())))
    file.write("[\n" + ",\n".join(entries) + "\n]\n")
