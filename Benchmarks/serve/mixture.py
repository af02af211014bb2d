"""Photos of many kinds, good and damaged, for the soak test; made once."""
import struct
import zlib
from pathlib import Path

import numpy as np
from PIL import Image

from ..common.effnet import ROOT
from .photos import SAMPLES, crop

SIDES = [1, 17, 32, 64, 96, 128, 160, 224, 300]
LARGE = (4000, 3000)  # a phone's photo
ORIENTATION = 0x0112  # EXIF's tag


def make(folder, seed=1):
    """Writes the photos, and returns the paths of the good and of the damaged ones."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    samples = [Image.open(ROOT / "Examples/photos" / name).convert("RGB") for name in SAMPLES]
    random = np.random.default_rng(seed)
    good, damaged = folder / "good", folder / "damaged"
    if not damaged.exists():
        good.mkdir(exist_ok=True)
        for name, image, options in kinds(samples, random):
            image.save(good / name, **options)
        part = folder / "damaged.part"
        part.mkdir(exist_ok=True)
        for name, data in damages(good, random):
            (part / name).write_bytes(data)
        part.rename(damaged)
    return sorted(good.iterdir()), sorted(damaged.iterdir())


def kinds(samples, random):
    """Yields names, images and options of their files."""
    for number, side in enumerate(SIDES):
        image = crop(samples, random).resize((side, max(1, side * 3 // 4)))
        yield f"{side}.jpg", image, {"quality": 85}
        yield f"{side}.png", image.transpose(Image.Transpose.FLIP_TOP_BOTTOM), {}
        yield f"{side}.webp", image.transpose(Image.Transpose.ROTATE_90), {"lossless": number % 2 == 0}
    for number in range(8):
        image, exif = crop(samples, random), Image.Exif()
        exif[ORIENTATION] = number + 1
        yield f"upright-{number + 1}.jpg", image, {"quality": 90, "exif": exif}
    image = crop(samples, random)
    yield "progressive.jpg", image, {"progressive": True}
    yield "gray.jpg", image.convert("L"), {}
    yield "gray.png", image.convert("L"), {}
    yield "palette.png", image.quantize(64), {}
    yield "alpha.png", image.convert("RGBA"), {}
    yield "wide.png", image.resize((800, 20)), {}
    yield "large.jpg", samples[1].resize(LARGE), {"quality": 80}


def damages(good, random):
    """Yields names and bytes of files that are not whole photos."""
    jpeg, png, webp = ((good / f"300.{ending}").read_bytes() for ending in ("jpg", "png", "webp"))
    for number, data in enumerate((jpeg, png, webp)):
        for share in (0.02, 0.3, 0.7, 0.99):
            yield f"cut-{number}-{share}.jpg", data[:int(len(data) * share)]
        for count in (1, 20, 300):
            yield f"changed-{number}-{count}.jpg", changed(data, count, random)
    yield "rubbish.jpg", random.bytes(5000)
    yield "rubbish-behind-signature.jpg", jpeg[:3] + random.bytes(5000)
    yield "text.jpg", b"This is not a photo.\n" * 40
    yield "zeros.png", bytes(10_000)
    yield "claims-60000x60000.png", pixel_bomb(60_000, 60_000)
    yield "claims-0x0.png", pixel_bomb(0, 0)


def changed(data, count, random):
    data = bytearray(data)
    for _ in range(count):
        data[random.integers(len(data))] = random.integers(256)
    return bytes(data)


def pixel_bomb(width, height):
    """Returns a PNG file of a few bytes that claims a size."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b""))
