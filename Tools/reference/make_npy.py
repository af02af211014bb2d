"""Writes small array files with NumPy.

    python make_npy.py ../../Tests/EfficientNetFormatsTests/Fixtures/numpy
        needs: numpy 2.4.6

Element i of an array in row-major order is START + i · STEP, which is exactly representable.
"""
import io
import os
import sys

import numpy as np

folder = sys.argv[1]
os.makedirs(folder, exist_ok=True)


def counting(shape, start=-2, step=0.25, dtype="<f4"):
    count = int(np.prod(shape))
    return (start + step * np.arange(count)).reshape(shape).astype(dtype)


def save(name, array, version=None):
    with open(os.path.join(folder, name), "wb") as file:
        np.lib.format.write_array(file, array, version=version)


# Files that we write with the same bytes.
save("matrix.npy", counting((3, 4)))
save("vector.npy", counting((5,)))
save("scalar.npy", counting(()))
save("empty.npy", counting((0, 3)))
save("images.npy", counting((2, 3, 4, 5)))
# Versions, orders and types.
save("version2.npy", counting((3, 4)), version=(2, 0))
save("version3.npy", counting((3, 4)), version=(3, 0))
save("fortran.npy", np.asfortranarray(counting((2, 3, 4))))
save("fortran-big.npy", np.asfortranarray(counting((2, 3, 4), dtype=">f8")))
for dtype in ("<f2", ">f2", ">f4", "<f8", ">f8"):
    save(f"{dtype[1:]}-{'little' if dtype[0] == '<' else 'big'}.npy", counting((2, 3), dtype=dtype))
for dtype in ("u1", "u2", "u4", "u8", "i1", "i2", "i4", "i8"):
    start = 3 if dtype[0] == "u" else -3
    save(f"{dtype}.npy", counting((2, 3), start=start, step=1, dtype="<" + dtype))
    if dtype[1] != "1":
        save(f"{dtype}-big.npy", counting((2, 3), start=start, step=1, dtype=">" + dtype))
# The limits of integers, and numbers that are rounded.
save("limits.npy", np.array([-2**63, 2**63 - 1, 2**24, 2**24 + 1], dtype="<i8"))
save("round.npy", np.array([0.1, 1e-46, 1e300, -1e300], dtype="<f8"))
# Files that are refused.
save("bool.npy", np.array([True, False]))
save("complex.npy", np.array([1j]))
save("text.npy", np.array(["a"]))
save("structured.npy", np.zeros(2, dtype=[("x", "<f4"), ("y", "<f4")]))
with open(os.path.join(folder, "object.npy"), "wb") as file:
    np.lib.format.write_array(file, np.array([{}], dtype=object), allow_pickle=True)

arrays = {
    "conv.weight": counting((2, 3, 1, 1)),
    "norm.half": counting((3,), start=1, dtype="<f2"),
    "norm.double": counting((3,), start=2, dtype=">f8"),
    "norm.num_batches_tracked": np.array(7, dtype="<i8"),
}
np.savez(os.path.join(folder, "stored.npz"), **arrays)
np.savez_compressed(os.path.join(folder, "deflated.npz"), **arrays)
np.savez(os.path.join(folder, "integers.npz"), mask=np.arange(3))
