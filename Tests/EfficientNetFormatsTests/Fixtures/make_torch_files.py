"""Writes the checkpoints beside this file. Used with Python 3.11, torch 2.15.0 and numpy 2.4.6:

    python3 make_torch_files.py

Tensor values count up in quarters, so that every element type holds them exactly:
tensor number k of a file has the elements k, k + 0.25, k + 0.5, ...
"""

import argparse
import os
import pickle
import struct
import zipfile
from collections import Counter, OrderedDict
from pathlib import Path

import numpy as np
import torch

FOLDER = Path(__file__).parent


def counting(start, *shape, dtype=torch.float32):
    count = 1
    for extent in shape:
        count *= extent
    return (start + torch.arange(count, dtype=torch.float64) / 4).reshape(shape).to(dtype)


def save(name, value, legacy=False, **options):
    torch.save(value, FOLDER / name, _use_new_zipfile_serialization=not legacy, **options)


def state(**tensors):
    result = OrderedDict((name.replace("__", "."), value) for name, value in tensors.items())
    result._metadata = OrderedDict({"": {"version": 1}})
    return result


def plain():
    return state(
        conv__weight=counting(1, 4, 3, 3, 3),
        bn__bias=torch.nn.Parameter(counting(2, 4)),
        bn__num_batches_tracked=torch.tensor(7),
        scale=counting(3),
        empty=torch.zeros(0, 3),
    )


for legacy in (False, True):
    form = "legacy" if legacy else "zip"
    save(f"plain.{form}.pth", plain(), legacy)
    save(
        f"types.{form}.pth",
        state(
            half=counting(1, 5, dtype=torch.float16),
            bfloat=counting(2, 5, dtype=torch.bfloat16),
            double=counting(3, 5, dtype=torch.float64),
        ),
        legacy,
    )
    base = counting(1, 4, 6)
    save(
        f"views.{form}.pth",
        state(
            whole=base, transposed=base.t(), columns=base[:, 1:6:2], row=base[2],
            permuted=counting(2, 2, 3, 4).permute(2, 0, 1),
            last=counting(3, 2, 3, 4, 5).to(memory_format=torch.channels_last),
        ),
        legacy,
    )

save("protocol4.zip.pth", plain(), pickle_protocol=4)
save("protocol4.legacy.pth", plain(), legacy=True, pickle_protocol=4)
save("dictionary.pth", {"a": counting(1, 2), "b": counting(2, 2)})
save("parallel.pth", {"module." + name: value for name, value in plain().items()})
save("training.pth", {
    "epoch": 3, "arch": "tf_efficientnet_lite0", "metric": 0.5, "args": argparse.Namespace(lr=0.1, opt="sgd"),
    "optimizer": {"state": {0: {"step": torch.tensor(3), "buffer": counting(9, 3)}}, "param_groups": [{"lr": 0.1}]},
    "state_dict": state(a=counting(1, 2)), "state_dict_ema": state(a=counting(2, 2)),
})
save("torchvision.pth", {
    "model": state(a=counting(1, 2)),
    "model_ema": {"n_averaged": torch.tensor(4), "module.a": counting(2, 2)},
})
save("integer.pth", {"a": counting(1, 2), "mask": torch.ones(3, dtype=torch.int32)})
save("text.pth", {"a": counting(1, 2), "note": "hello"})
save("other.pth", {"generator": {"a": counting(1, 2)}})
save("list.pth", [counting(1, 2)])


def harmless():
    """Weights among all other values that torch.load(weights_only=True) reads, and NumPy's numbers."""
    named = counting(1, 2)
    named.note = "an attribute makes it another call"
    parameter = torch.nn.Parameter(counting(2, 2))
    parameter.note = "likewise"
    return {
        "set": {1, 2}, "complex": 1 + 2j, "type": torch.float16, "device": torch.device("cpu"), "size": torch.Size([1, 2]),
        "layout": torch.strided, "counter": Counter("abba"), "bytes": b"x", "bytearray": bytearray(b"x"), "long": 1 << 70,
        "scheme": torch.per_tensor_affine, "number": np.float64(1.5), "array": np.ones((2, 2)),
        "sparse": torch.eye(2).to_sparse(), "quantized": torch.quantize_per_tensor(torch.ones(2), 0.5, 0, torch.quint8),
        "complex tensor": torch.ones(2, dtype=torch.complex64), "eight bits": torch.ones(2).to(torch.float8_e4m3fn),
        "unsigned": torch.ones(2, dtype=torch.uint16), "nothing": torch.empty(2, device="meta"), "shared": {"a": named},
        "state_dict": state(a=named, b=parameter),
    }


for protocol in (2, 4):
    save(f"harmless{protocol}.zip.pth", harmless(), pickle_protocol=protocol)
save("harmless.legacy.pth", harmless(), legacy=True)
with torch.serialization.safe_globals([np.dtype, np.ndarray, np.dtypes.Float64DType, np._core.multiarray.scalar, np._core.multiarray._reconstruct]):
    torch.load(FOLDER / "harmless2.zip.pth", weights_only=True)

# Tensors that a training program stores beside the network.
network = {f"model.{name}.weight": counting(1, 2) for name in ("conv_stem", "bn1")}
save("beside.pth", {"state_dict": {**network, "criterion.pos_weight": counting(2, 2), "metric.correct": torch.tensor(3), "metric.seen": {1, 2}}})
save("inside.pth", {"state_dict": {**network, "model.mask": torch.tensor(3)}})


class Command:
    def __reduce__(self):
        return (os.system, ("touch /tmp/effnet-was-here",))


class Instance:
    def __init__(self):
        self.a = counting(1, 2)


save("evil.zip.pth", {"a": counting(1, 2), "b": Command()})
save("evil.legacy.pth", {"a": counting(1, 2), "b": Command()}, legacy=True)
save("instance.pth", {"a": counting(1, 2), "b": Instance()})
save("module.pth", torch.nn.Linear(2, 2))


def rewrite(name, source, edit, compression=zipfile.ZIP_STORED):
    """Writes a copy of an archive whose entries are changed by edit(name, bytes)."""
    with zipfile.ZipFile(FOLDER / source) as old, zipfile.ZipFile(FOLDER / name, "w", compression) as new:
        for entry in sorted(old.namelist()):
            content = edit(entry, old.read(entry))
            if content is not None:
                new.writestr(zipfile.ZipInfo(entry), content, compression)


def pickled(content):
    return lambda name, old: content if name.endswith("/data.pkl") else old


rewrite("deflated.pth", "plain.zip.pth", lambda name, old: old, zipfile.ZIP_DEFLATED)
rewrite("big-endian.pth", "plain.zip.pth", lambda name, old: b"big" if name.endswith("byteorder") else old)
rewrite("no-storage.pth", "plain.zip.pth", lambda name, old: None if name.endswith("data/0") else old)
rewrite("short-storage.pth", "plain.zip.pth", lambda name, old: old[:-4] if name.endswith("data/0") else old)
rewrite("bomb.pth", "plain.zip.pth", lambda name, old: bytes(1 << 20) if name.endswith("data/0") else old, zipfile.ZIP_DEFLATED)
rewrite("deep.pth", "plain.zip.pth", pickled(b"\x80\x02)" + b"\x85" * 1_500_000 + b"."), zipfile.ZIP_DEFLATED)
# A list that contains itself, and a dictionary whose value is itself.
rewrite("cycle.pth", "plain.zip.pth", pickled(b"\x80\x02}q\x00X\x05\x00\x00\x00modelh\x00s]q\x01h\x01a0."))
# A tensor of 2**40 elements: one element, repeated by strides of zero.
expanded = (
    b"\x80\x02}X\x01\x00\x00\x00actorch._utils\n_rebuild_tensor_v2\n((X\x07\x00\x00\x00storagectorch\nFloatStorage\n"
    b"X\x01\x00\x00\x000X\x03\x00\x00\x00cpuKltQK\x00(\x8a\x06" + struct.pack("<q", 1 << 40)[:6] + b"t(K\x00t\x89}tRs."
)
rewrite("expanded.pth", "plain.zip.pth", pickled(expanded))

# A Python package with a checkpoint in it.
with zipfile.ZipFile(FOLDER / "tiny_model-0.1.0-py3-none-any.whl", "w", zipfile.ZIP_DEFLATED) as wheel:
    wheel.writestr(zipfile.ZipInfo("tiny_model/models/tiny-1234.pth"), (FOLDER / "plain.legacy.pth").read_bytes(), zipfile.ZIP_DEFLATED)
    wheel.writestr(zipfile.ZipInfo("tiny_model/a.txt"), b"a")
    wheel.writestr(zipfile.ZipInfo("tiny_model/b.txt"), b"b")

print("total", sum(path.stat().st_size for path in FOLDER.glob("*.*")))
