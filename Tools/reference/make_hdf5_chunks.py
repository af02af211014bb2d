"""Writes HDF5 files with unusual chunks and the formula's values, packed into one archive.

    python3 make_hdf5_chunks.py hdf5_chunks.zip        made with Python 3.11, h5py 3.16.0, numpy 2.4.6

masks.weights.h5   one tensor of eight chunks, each of which skips other filters
wide.weights.h5    a tensor of nine numbers in nine chunks of 8 MB, with one number of the tensor in each

The archive is Tests/EfficientNetFormatsTests/Fixtures/hdf5_chunks.zip.
"""
import os
import sys
import tempfile
import zipfile

import h5py
import numpy as np

import formula

FILTERS = {"shuffle": True, "compression": "gzip", "fletcher32": True}  # in the order of the bits of a mask


def masks(path):
    """h5py itself filters each chunk, as a data set of one chunk with only these filters."""
    values = formula.unit("masks/kernel", 16 * 5).astype("<f4").reshape(16, 5)
    with h5py.File(path, "w") as file, h5py.File("memory", "w", driver="core", backing_store=False) as other:
        group = file.create_group("layers/dense/vars")
        group.attrs["name"] = "masks"
        whole = group.create_dataset("0", values.shape, "<f4", chunks=(2, 5), **FILTERS)
        for mask in range(8):
            rows = slice(2 * mask, 2 * mask + 2)
            filters = {name: value for bit, (name, value) in enumerate(FILTERS.items()) if not mask >> bit & 1}
            part = other.create_dataset(str(mask), data=values[rows], chunks=(2, 5), **filters)
            whole.id.write_direct_chunk((2 * mask, 0), part.id.read_direct_chunk((0, 0))[1], filter_mask=mask)
    with h5py.File(path) as file:
        assert (file["layers/dense/vars/0"][:] == values).all()


def wide(path):
    with h5py.File(path, "w") as file:
        group = file.create_group("layers/dense/vars")
        group.attrs["name"] = "wide"
        group.create_dataset("0", data=np.zeros((9, 1), "<f4"), chunks=(1, 1 << 21), maxshape=(None, None), compression="gzip", compression_opts=9)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(sys.argv[1], "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for make in (masks, wide):
            path = os.path.join(folder, "file.h5")
            make(path)
            archive.write(path, f"{make.__name__}.weights.h5")
