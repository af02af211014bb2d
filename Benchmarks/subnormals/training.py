"""Training steps from weight files, timed by effnet train. Its batch norms keep the files' statistics."""
import csv
import shutil
import struct
import zlib

import numpy as np

from ..common.contestant import order
from ..common.effnet import effnet

SIDE, BATCH, STEPS, EPOCHS, THREADS = 96, 16, 2, 4, 2


def steps(files, model, rounds, folder):
    """Returns the milliseconds of a training step by kind of values: the mean of each epoch after the first."""
    write_photos(folder / "photos")
    times = {kind: [] for kind in files}
    for number in range(rounds):
        for kind in order(list(files), number):
            run = folder / "run"
            effnet("train", folder / "photos", "--weights", files[kind], "--model", model, "--resolution", SIDE,
                   "--batch", BATCH, "--epochs", EPOCHS, "--head-epochs", 0, "--lr", 1e-6, "--schedule", "constant",
                   "--weight-decay", 0, "--threads", THREADS, "--output", run, "--quiet")
            with open(run / "log.csv") as log:
                times[kind] += [1000 * BATCH / float(row["images_per_second"]) for row in list(csv.DictReader(log))[1:]]
            shutil.rmtree(run)
    return times


def write_photos(folder):
    """Writes photos of noise of two classes."""
    noise = np.random.default_rng(0)
    for name in ("first", "second"):
        for part, count in (("train", BATCH * STEPS // 2), ("val", 1)):
            (folder / part / name).mkdir(parents=True)
            for number in range(count):
                (folder / part / name / f"{number}.png").write_bytes(png(noise.integers(0, 256, (SIDE, SIDE, 3), np.uint8)))


def png(pixels):
    """Returns an image (height, width, 3) of bytes as a PNG file."""
    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
    height, width, _ = pixels.shape
    rows = b"".join(b"\0" + row.tobytes() for row in pixels)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))
