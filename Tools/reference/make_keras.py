"""Writes small weight files in every format of Keras, with the formula's values, packed into one archive.

    python3 make_keras.py keras.zip        made with Python 3.11, tensorflow 2.21.0, keras 3.15.1, h5py 3.14.0, numpy 2.4.6

A tensor's formula name is 'layer/variable' (for example 'stem_conv/kernel'). Its elements are
formula.unit(name) in the order of Keras' own shape; for variances, 1 + 0.5 * formula.unit(name). The
archive is Tests/EfficientNetFormatsTests/Fixtures/keras.zip.
"""
import json
import os
import shutil
import sys
import tempfile
import zipfile

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import h5py
import keras
import numpy as np
from keras import layers

import formula

FOLDER = tempfile.mkdtemp()


def path(name):
    return os.path.join(FOLDER, name)


def value(name, shape):
    u = formula.unit(name, int(np.prod(shape)) if len(shape) else 1)
    if name.endswith("variance"):
        u = 1 + 0.5 * u
    return u.astype(np.float32).reshape(shape)


def fill(model):
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            fill(layer)
        elif layer.weights:
            layer.set_weights([np.int64(7) if v.name == "count" else value(f"{layer.name}/{v.name}", tuple(v.shape)) for v in layer.weights])


def network(name, named=True, top=True):
    """Every kind of layer in EfficientNets, with or without explicit names."""
    n = (lambda x: {"name": x}) if named else (lambda x: {})
    image = layers.Input((16, 16, 3), **n("image"))
    x = layers.Rescaling(1 / 255, **n("rescaling"))(image)
    x = layers.Normalization(**n("normalization"))(x)
    x = layers.Rescaling([2.0, 3.0, 4.0], offset=[0.5, 0.25, 0.0], **n("rescaling_1"))(x)
    x = layers.Conv2D(4, 3, strides=2, padding="same", use_bias=False, **n("stem_conv"))(x)
    x = y = layers.BatchNormalization(**n("stem_bn"))(x)
    x = layers.DepthwiseConv2D(3, padding="same", use_bias=False, **n("block1a_dwconv"))(x)
    x = layers.BatchNormalization(**n("block1a_bn"))(x)
    x = layers.Activation("swish", **n("block1a_activation"))(x)
    s = layers.GlobalAveragePooling2D(**n("block1a_se_squeeze"))(x)
    s = layers.Reshape((1, 1, 4), **n("block1a_se_reshape"))(s)
    s = layers.Conv2D(2, 1, activation="swish", **n("block1a_se_reduce"))(s)
    s = layers.Conv2D(4, 1, activation="sigmoid", **n("block1a_se_expand"))(s)
    x = layers.multiply([x, s], **n("block1a_se_excite"))
    x = layers.add([x, y], **n("block1a_add"))
    x = layers.GlobalAveragePooling2D(**n("avg_pool"))(x)
    if top:
        x = layers.Dropout(0.2, **n("top_dropout"))(x)
        x = layers.Dense(5, activation="softmax", **n("predictions"))(x)
    model = keras.Model(image, x, name=name)
    fill(model)
    return model


def unnamed_archive(archive, weights, target, group="layers"):
    """Writes a .keras archive with other weights, whose layers are in another group."""
    with h5py.File(weights) as f, h5py.File(path("temporary.h5"), "w") as g:
        f.copy("layers", g, group)
    with zipfile.ZipFile(archive) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        new.writestr("metadata.json", old.read("metadata.json"))
        new.writestr("config.json", old.read("config.json"))
        new.write(path("temporary.h5"), "model.weights.h5")
    os.remove(path("temporary.h5"))


def without_names(source, target):
    """Removes the layers' names, as in Keras 3 before 3.8, and in Keras 2.13 with its other group name."""
    with h5py.File(source) as old, h5py.File(target, "w") as new:
        old.copy("layers", new)
        new.visititems(lambda _, item: item.attrs.pop("name", None) and None)


def legacy(target, groups, config=None, root="/"):
    """Writes groups in the format of Keras 1 and 2: [(layer, [(weight name, values)])]."""
    with h5py.File(target, "w") as f:
        if config is not None:
            f.attrs["model_config"] = json.dumps(config).encode()
        g = f.require_group(root)
        g.attrs["layer_names"] = np.array([layer.encode() for layer, _ in groups])
        g.attrs["keras_version"] = b"2.4.0"
        for layer, weights in groups:
            group = g.create_group(layer)
            group.attrs["weight_names"] = np.array([name.encode() for name, _ in weights], dtype="S") if weights else np.zeros(0)
            for name, values in weights:
                group.create_dataset(name, data=values)


if __name__ == "__main__":
    model = network("tiny")
    model.save(path("tiny.keras"))
    model.save_weights(path("tiny.weights.h5"))
    model.save(path("tiny_legacy.h5"))
    without_names(path("tiny.weights.h5"), path("tiny_order.weights.h5"))

    # A .keras archive from before weights had names, with Keras 2.13's name of the group.
    unnamed_archive(path("tiny.keras"), path("tiny_order.weights.h5"), path("tiny_unnamed.keras"), "_layer_checkpoint_dependencies")

    # Batch norms without gamma or beta; only the configuration tells which.
    keras.utils.clear_session()
    norms = keras.Sequential([layers.Input((4, 4, 2)), layers.BatchNormalization(scale=False, name="no_gamma"),
                              layers.BatchNormalization(center=False, name="no_beta"), layers.BatchNormalization(scale=False, center=False, name="neither")])
    fill(norms)
    norms.save(path("norms_named.keras"))
    norms.save_weights(path("temporary.weights.h5"))
    without_names(path("temporary.weights.h5"), path("norms.weights.h5"))
    unnamed_archive(path("norms_named.keras"), path("norms.weights.h5"), path("norms.keras"))
    os.remove(path("temporary.weights.h5"))
    os.remove(path("norms_named.keras"))

    # Two layers with the same name, in a model and beside it.
    twins = keras.Sequential([layers.Input((2,)), keras.Sequential([layers.Dense(2, name="twin")], name="inner"), layers.Dense(2, name="twin")])
    twins.save_weights(path("twins.weights.h5"))

    # Fine-tuning: a model as a layer of another one, and an optimizer with moments.
    keras.utils.clear_session()
    tuned = keras.Sequential([layers.Input((16, 16, 3)), network("base", top=False), layers.Dense(3, name="head")], name="tuned")
    fill(tuned)
    tuned.compile("adam", "mse")
    tuned.fit(np.zeros((1, 16, 16, 3)), np.zeros((1, 3)), verbose=0)
    fill(tuned)
    tuned.save(path("tuned.keras"))
    tuned.save(path("tuned_legacy.h5"))

    # Keras 2: weights only, ':0', scopes twice or absent, depthwise_kernel, fixed-length names.
    w = lambda layer, variable, *shape, dtype="<f4": value(f"{layer}/{variable}", shape).astype(dtype)
    bn = lambda layer, c, **k: [(f"{layer}/{v}:0", w(layer, v, c, **k)) for v in ("gamma", "beta", "moving_mean", "moving_variance")]
    legacy(path("keras2.h5"), [
        ("image", []),
        ("normalization", [("mean:0", w("normalization", "mean", 3)), ("variance:0", w("normalization", "variance", 3)), ("count:0", np.int64(7))]),
        ("stem_conv", [("stem_conv/stem_conv/kernel:0", w("stem_conv", "kernel", 3, 3, 3, 4))]),
        ("stem_bn", bn("stem_bn", 4)),
        ("dw", [("dw/depthwise_kernel:0", w("dw", "kernel", 3, 3, 4, 1))]),
        ("predictions", [("predictions/kernel:0", w("predictions", "kernel", 4, 5)), ("predictions/bias:0", w("predictions", "bias", 5))]),
    ])
    # Keras 1: no scopes.
    legacy(path("keras1.h5"), [
        ("convolution2d_1", [("convolution2d_1_W", w("convolution2d_1", "kernel", 3, 3, 3, 4)), ("convolution2d_1_b", w("convolution2d_1", "bias", 4))]),
        ("batchnormalization_1", [(f"batchnormalization_1_{k}", w("batchnormalization_1", v, 4))
                                  for k, v in (("gamma", "gamma"), ("beta", "beta"), ("running_mean", "moving_mean"), ("running_std", "moving_variance"))]),
    ])
    # Element types and layouts that Keras does not write, but that copies by h5py can have.
    with h5py.File(path("types.weights.h5"), "w") as f:
        half = f.create_group("layers/dense/vars")
        half.attrs["name"] = "half"
        half.create_dataset("0", data=w("half", "kernel", 4, 5, dtype="<f2"))
        half.create_dataset("1", data=w("half", "bias", 5, dtype="<f8"))
        packed = f.create_group("layers/conv2d/vars")
        packed.attrs["name"] = "packed"
        packed.create_dataset("0", data=w("packed", "kernel", 3, 3, 7, 11), chunks=(2, 3, 4, 5), compression="gzip", shuffle=True, fletcher32=True)
        packed.create_dataset("1", data=w("packed", "bias", 11), chunks=(4,))
        big = f.create_group("layers/dense_1/vars")
        big.attrs["name"] = "big"
        big.create_dataset("0", data=w("big", "kernel", 4, 5, dtype=">f4"))
    # The newer HDF5 format.
    with h5py.File(path("tiny.weights.h5")) as old, h5py.File(path("latest.weights.h5"), "w", libver="latest") as new:
        old.copy("layers", new)
    # Files with one deliberate fault each.
    with h5py.File(path("links.weights.h5"), "w") as f:
        f.create_group("layers/dense/vars")["0"] = h5py.ExternalLink("tiny.weights.h5", "/layers/dense/vars/0")
    with h5py.File(path("external.weights.h5"), "w") as f:
        f.create_group("layers/dense/vars").create_dataset("0", (4, 5), "<f4", external=[("/etc/passwd", 0, 80)])
    with h5py.File(path("virtual.weights.h5"), "w") as f:
        layout = h5py.VirtualLayout((4, 5), "<f4")
        layout[:] = h5py.VirtualSource("/etc/passwd", "x", (4, 5))
        f.create_group("layers/dense/vars").create_virtual_dataset("0", layout)
    with h5py.File(path("bomb.weights.h5"), "w") as f:
        f.create_group("layers/dense/vars").create_dataset("0", (1 << 20, 1 << 14), "<f4", chunks=(1 << 10, 1 << 10), compression="gzip")
    with h5py.File(path("soft.weights.h5"), "w") as f:
        f.create_group("layers/dense/vars")["0"] = h5py.SoftLink("/layers")
    with h5py.File(path("cycle.weights.h5"), "w") as f:
        f.create_group("layers/dense")
        f["layers/dense/again"] = f["layers"]
    with h5py.File(path("integer.weights.h5"), "w") as f:
        f.create_group("layers/dense/vars").create_dataset("0", data=np.arange(20).reshape(4, 5))

    with zipfile.ZipFile(sys.argv[1], "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in sorted(os.listdir(FOLDER)):
            archive.write(path(name), name)
    shutil.rmtree(FOLDER)
