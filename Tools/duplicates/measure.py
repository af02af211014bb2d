"""Measures which copies `effnet duplicates` finds: the table "What is found" of Docs/features.md.

    python3 Tools/duplicates/measure.py PHOTOS WORK [EFFNET [OPTION…]]

PHOTOS is a folder of photos that all show something else, WORK an empty folder for their copies,
OPTION for instance `--model lite2`. For each kind of copy it prints how many are at least as
similar to their photo as the threshold, at the network's resolution, at 64 pixels, and at either;
then the pairs of different photos, among photos and copies of all kinds, that are.

Made with Python 3.11, NumPy 2.4.6 and Pillow 13.0 on 500 ImageNet photos, one a class.
"""

import glob
import itertools
import os
import subprocess
import sys

import numpy as np
from PIL import Image

THRESHOLD = 0.85


def scaled(picture, factor):
    size = (max(1, round(picture.width * factor)), max(1, round(picture.height * factor)))
    return picture.resize(size, Image.Resampling.LANCZOS)


def cropped(picture, left, top, right, bottom):
    w, h = picture.size
    return picture.crop((round(left * w), round(top * h), round(right * w), round(bottom * h)))


# The name, the picture and the JPEG quality of each kind of copy.
KINDS = {
    "photo": lambda p: (p, 95),
    "half the side": lambda p: (scaled(p, 1 / 2), 90),
    "a third": lambda p: (scaled(p, 1 / 3), 90),
    "a third, quality 30": lambda p: (scaled(p, 1 / 3), 30),
    "a quarter": lambda p: (scaled(p, 1 / 4), 90),
    "a sixth": lambda p: (scaled(p, 1 / 6), 90),
    "quality 50": lambda p: (p, 50),
    "quality 20": lambda p: (p, 20),
    "quality 10": lambda p: (p, 10),
    "quality 5": lambda p: (p, 5),
    "2.5 % cropped on every side": lambda p: (cropped(p, 0.025, 0.025, 0.975, 0.975), 90),
    "10 % cropped on every side": lambda p: (cropped(p, 0.1, 0.1, 0.9, 0.9), 90),
    "20 % cropped on every side": lambda p: (cropped(p, 0.2, 0.2, 0.8, 0.8), 90),
    "mirrored": lambda p: (p.transpose(Image.Transpose.FLIP_LEFT_RIGHT), 90),
    "turned by 90°": lambda p: (p.transpose(Image.Transpose.ROTATE_90), 90),
    "gray": lambda p: (p.convert("L").convert("RGB"), 90),
    "left": lambda p: (cropped(p, 0, 0, 0.6, 1), 90),
    "right": lambda p: (cropped(p, 0.4, 0, 1, 1), 90),
}


def features(effnet, folder, output, options):
    """The rows of a folder's photos, of length 1, in the order of their names."""
    if not os.path.exists(output):
        command = [effnet, "embed", folder, "-o", output, "--normalize", "--quiet", *options]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    rows = np.load(output)["features"].astype(np.float64)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def main(photos, work, effnet="effnet", *options):
    paths = [path for path in sorted(glob.glob(os.path.join(photos, "*")))
             if path.lower().endswith((".jpg", ".jpeg", ".png", ".webp"))]
    rows = {}
    for kind, make in KINDS.items():
        folder = os.path.join(work, kind.replace(" ", "-"))
        os.makedirs(folder, exist_ok=True)
        for number, path in enumerate(paths):
            picture, quality = make(Image.open(path).convert("RGB"))
            picture.save(os.path.join(folder, f"{number:05}.jpg"), quality=quality)
        rows[kind] = [
            features(effnet, folder, folder + ".npz", options),
            features(effnet, folder, folder + "-64.npz", [*options, "--resolution", "64"]),
        ]

    def cosines(first, second):
        """At the network's resolution, at 64 pixels, and the larger of both."""
        two = [a @ b.T for a, b in zip(rows[first], rows[second])]
        return [*two, np.maximum(*two)]

    def line(name, first, second):
        found = [int((np.diag(c) >= THRESHOLD).sum()) for c in cosines(first, second)]
        print(f"{name:30}", *(f"{count:6}" for count in found))

    print(f"{len(paths)} photos:", " " * 18, "own", "   64", "either")
    for kind in list(KINDS)[1:-2]:
        line(kind, "photo", kind)
    line("two parts that share a third", "left", "right")

    false, largest, pairs = np.zeros(3, int), np.full(3, -1.0), 0
    for first, second in itertools.combinations_with_replacement(list(KINDS)[:-2], 2):
        different = ~np.eye(len(paths), dtype=bool)
        if first == second:
            different = np.triu(different)
        pairs += int(different.sum())
        for index, found in enumerate(cosines(first, second)):
            false[index] += int((found[different] >= THRESHOLD).sum())
            largest[index] = max(largest[index], found[different].max())
    print(f"of {pairs} different pairs:       ", *(f"{count:6}" for count in false))
    print("largest cosine:               ", *(f"{value:6.3f}" for value in largest))


if __name__ == "__main__":
    main(*sys.argv[1:])
