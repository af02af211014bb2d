"""Writes the pixels of Pillow's and torchvision's resizing and cropping, as a reference.

    python make_resize.py        (Pillow 13.0.0, torchvision 0.29.2, NumPy 2.4.6)

resize.bin is a sequence of cases: eight little-endian 32-bit integers (kind, width, height,
interpolation, a, b, seed, bytes), then the result's bytes. Kind 0 resizes to a × b; kind 1 is Resize(a), CenterCrop(b).
Interpolation is 0 for bilinear and 1 for bicubic. The source's bytes are those of `noise`.
"""

import pathlib
import struct

import numpy as np
from PIL import Image
from torchvision import transforms

RESAMPLING = [Image.Resampling.BILINEAR, Image.Resampling.BICUBIC]
MODES = [transforms.InterpolationMode.BILINEAR, transforms.InterpolationMode.BICUBIC]


def noise(width, height, seed):
    """The high bytes of Numerical Recipes' linear congruential generator."""
    values, state = [], seed
    for _ in range(width * height * 3):
        state = (state * 1664525 + 1013904223) % 2**32
        values.append(state >> 24)
    return Image.fromarray(np.array(values, np.uint8).reshape(height, width, 3))


cases = [
    (0, 37, 23, 20, 11), (0, 37, 23, 61, 40), (0, 37, 23, 37, 11), (0, 37, 23, 20, 23),
    (0, 37, 23, 5, 50), (0, 16, 16, 8, 8), (0, 16, 16, 32, 32), (0, 1, 1, 9, 7), (0, 50, 3, 7, 3),
    (0, 3, 90, 2, 9), (0, 90, 3, 9, 2), (0, 31, 64, 17, 35), (0, 31, 64, 17, 36), (0, 31, 64, 17, 37),
    (0, 25, 70, 20, 30), (0, 25, 20, 30, 19), (0, 64, 64, 1, 1), (0, 19, 11, 19, 11),
    (1, 50, 37, 32, 28), (1, 37, 50, 32, 28), (1, 37, 50, 32, 27), (1, 51, 37, 33, 28),
    (1, 29, 31, 32, 24), (1, 60, 60, 32, 32), (1, 9, 5, 12, 12), (1, 40, 20, 10, 15), (1, 20, 41, 10, 15),
    (1, 21, 40, 11, 30), (1, 30, 30, 10, 13), (1, 1, 1, 20, 16), (1, 1, 90, 20, 16), (1, 90, 1, 20, 16),
    (1, 64, 130, 32, 28), (1, 31, 66, 24, 20), (1, 2, 300, 24, 20),
]

with open(pathlib.Path(__file__).parent / "resize.bin", "wb") as file:
    for seed, (kind, width, height, a, b) in enumerate(cases):
        for interpolation in (0, 1):
            source = noise(width, height, seed)
            if kind == 0:
                result = source.resize((a, b), RESAMPLING[interpolation])
            else:
                steps = [transforms.Resize(a, MODES[interpolation]), transforms.CenterCrop(b)]
                result = transforms.Compose(steps)(source)
            data = result.tobytes()
            file.write(struct.pack("<8i", kind, width, height, interpolation, a, b, seed, len(data)))
            file.write(data)
