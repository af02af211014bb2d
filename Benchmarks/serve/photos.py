"""The photos of the benchmark: crops of the sample photos, of the size of ImageNet's, made once.

    python -m Benchmarks.serve.photos FOLDER [COUNT]

Noise brings the files to about 100 kB, near ImageNet's average, because enlarged crops compress
better than photos. The same seed makes the same pixels.
"""
import sys
from pathlib import Path

import numpy as np
from PIL import Image

from ..common.effnet import ROOT

SAMPLES = ["cat.png", "coffee.png", "rocket.jpg"]
SIZES = [(500, 375), (375, 500), (500, 333), (500, 500)]
QUALITY = 95
NOISE = 5.5  # standard deviation, of 255 levels


def make(folder, count, seed=1):
    """Writes the photos that are missing, and returns the paths of all."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    samples = [Image.open(ROOT / "Examples/photos" / name).convert("RGB") for name in SAMPLES]
    paths = [folder / f"{index:04}.jpg" for index in range(count)]
    for index, path in enumerate(paths):
        if not path.exists():
            part = path.with_suffix(".part")
            crop(samples, np.random.default_rng([seed, index])).save(part, "JPEG", quality=QUALITY)
            part.rename(path)
    return paths


def crop(samples, random):
    """Returns a random part of a random sample with noise."""
    sample, size = samples[random.integers(len(samples))], SIZES[random.integers(len(SIZES))]
    scale = random.uniform(0.5, 1) * min(sample.width / size[0], sample.height / size[1])
    width, height = size[0] * scale, size[1] * scale
    left, top = random.uniform(0, sample.width - width), random.uniform(0, sample.height - height)
    part = sample.resize(size, Image.Resampling.BICUBIC, box=(left, top, left + width, top + height))
    if random.random() < 0.5:
        part = part.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    pixels = np.asarray(part) + random.normal(0, NOISE, (size[1], size[0], 1))
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    made = make(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 500)
    print(f"{len(made)} photos, {sum(path.stat().st_size for path in made) / len(made) / 1000:.0f} kB on average")
