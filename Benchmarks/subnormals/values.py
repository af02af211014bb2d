"""Weight files of one network with ordinary values, and with values that become subnormal."""
import numpy as np

from ..common.effnet import effnet
from ..peers import network

SUBNORMAL = 1e-39  # the largest value of the map that is to be subnormal
# With a stem this small, the network is linear: silu(x) is x / 2, and a sigmoid is 1 / 2. So all maps
# grow and shrink with the stem, and those of this one give all others.
LINEAR = 1e-10


def kinds(model, folder):
    """Writes the files. Returns their paths and the largest values of three maps, by kind of values.

    The kinds are "ordinary" and the maps from which on the values are subnormal: "stem", "middle" and
    "end".
    """
    side, layers = network.network(model)
    weights = {name: tensor * 0 if name.endswith(("bias", "running_mean")) else tensor
               for name, tensor in network.weights(layers).items()}
    stem = next(iter(weights))

    def written(name, scale):
        arrays, path = folder / "weights.npz", folder / f"{name}.safetensors"
        np.savez(arrays, **weights | {stem: weights[stem] * np.float32(scale)})
        effnet("convert", arrays, path, "--model", model)
        return path

    maps = largest_values(written("linear", LINEAR), side, folder)
    stages = [name for name in maps if name.startswith("blocks.")]
    linear = {"stem": maps["conv_stem"], "middle": maps[stages[len(stages) // 2]], "end": maps["conv_head"]}
    files, largest = {"ordinary": written("ordinary", 1)}, {}
    for kind, value in linear.items():
        factor = SUBNORMAL / value
        files[kind] = written(kind, LINEAR * factor)
        largest[kind] = [factor * value for value in linear.values()]
    return files, largest


def largest_values(path, side, folder):
    """Returns the largest absolute value of each feature map."""
    np.save(folder / "image.npy", network.images(1, side))
    maps = folder / "maps"
    effnet("run", "--weights", path, "--input", folder / "image.npy", "--output", folder / "logits.npy",
           "--activations", maps)
    return {file.stem: float(np.abs(np.load(file)).max()) for file in sorted(maps.iterdir())}
