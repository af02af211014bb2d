"""Writes the safetensors files beside this file. Used with safetensors 0.8.0 and torch 2.15.0:

    python3 make_safetensors.py

Tensor number k of a file has the elements k, k + 0.25, k + 0.5, ...
"""

from pathlib import Path

import torch
from safetensors.torch import save_file

FOLDER = Path(__file__).parent


def counting(start, *shape, dtype=torch.float32):
    count = torch.Size(shape).numel()
    return (start + torch.arange(count) / 4).reshape(shape).to(dtype)


save_file(
    {
        "conv.weight": counting(1, 2, 3, 3, 3),
        "half": counting(2, 5, dtype=torch.float16),
        "bfloat": counting(3, 5, dtype=torch.bfloat16),
        "double": counting(4, 5, dtype=torch.float64),
        "scalar": counting(5),
        "empty": torch.zeros(0, 3),
        "bn.num_batches_tracked": torch.tensor(7),
    },
    FOLDER / "types.safetensors",
    metadata={"format": "pt", "größe": "Straße \"42\"\n"},
)
save_file({"a": counting(1, 2), "mask": torch.ones(3, dtype=torch.int32)}, FOLDER / "integer.safetensors")
