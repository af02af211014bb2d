"""Reference outputs of Keras' EfficientNets and the article's network, on the formula's weights and input.

    python make_keras_logits.py ../../Tests/EfficientNetFormatsTests/Fixtures/logits-keras.json
        needs: tensorflow-cpu 2.21 keras 3.15

A weight's formula name is 'layer/variable' ('stem_conv/kernel', 'block1a_bn/moving_variance'). Values
are in the order of Keras' own shape, with fan_in = h·w·i (depthwise: h·w); gamma, beta, moving_mean and
moving_variance have the roles of weight, bias, running_mean and running_var.

Keras' networks rescale inside: V1 gets the formula's image as x · 127.5 + 127.5, and its stem gets
x / 2 + 0.5 (the Normalization of a network without weights does nothing). V2 is built without
preprocessing and gets the image unchanged, as does the article's network, whose outputs are
probabilities.
"""
import json
import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import keras  # noqa: E402
import numpy as np  # noqa: E402
from keras import layers  # noqa: E402
from keras.src.applications.efficientnet import EfficientNet  # noqa: E402

import formula  # noqa: E402


def value(name, shape, is_depthwise):
    leaf = name.rsplit("/", 1)[-1]
    unit = formula.unit(name, int(np.prod(shape)))
    if leaf in ("beta", "bias", "moving_mean"):
        result = 0.25 * unit
    elif leaf == "moving_variance":
        result = 1 + 0.5 * unit
    elif leaf == "gamma":
        result = 1 + 0.25 * unit
    else:
        fan_in = np.prod(shape[:2]) if is_depthwise else np.prod(shape[:-1])
        result = unit * np.sqrt(4.0 / float(fan_in))
    return result.astype(np.float32).reshape(shape)


def fill(model):
    for layer in model.layers:
        if layer.weights and not isinstance(layer, layers.Normalization):
            is_depthwise = isinstance(layer, layers.DepthwiseConv2D)
            layer.set_weights([value(f"{layer.name}/{w.name}", tuple(w.shape), is_depthwise) for w in layer.weights])
    return model


def article(width, depth, resolution, classes):
    """Builds the article's network, with each layer created once, in the order of the article's code."""
    def channels(count):
        rounded = max(8, int(count * width + 4) // 8 * 8)
        return rounded + 8 if rounded < 0.9 * count * width else rounded

    def block(x, expand, kernel, stride, outputs):
        start, inputs = x, x.shape[-1]
        x = layers.Conv2D(expand * inputs, 1, padding="same")(x)
        x = layers.Activation("swish")(layers.BatchNormalization()(x))
        x = layers.DepthwiseConv2D(kernel, stride, padding="same")(x)
        x = layers.ReLU(6.0)(layers.BatchNormalization()(x))
        gate = layers.GlobalAveragePooling2D()(x)
        gate = layers.Dense(expand * inputs // 2, activation="swish")(gate)
        gate = layers.Dense(expand * inputs, activation="sigmoid")(gate)
        x = layers.Activation("swish")(layers.Multiply()([x, layers.Reshape((1, 1, expand * inputs))(gate)]))
        x = layers.BatchNormalization()(layers.Conv2D(outputs, 1, padding="same")(x))
        return layers.Add()([x, start]) if stride == 1 and inputs == outputs else x

    start = keras.Input((resolution, resolution, 3))
    x = layers.Conv2D(channels(32), 3, 2, padding="same")(start)
    x = layers.Activation("swish")(layers.BatchNormalization()(x))
    for expand, kernel, stride, outputs, repeats in [
            (1, 3, 1, 16, 1), (6, 3, 2, 24, 2), (6, 5, 2, 40, 2), (6, 3, 2, 80, 3), (6, 5, 1, 112, 3), (6, 5, 2, 192, 4),
            (6, 3, 1, 320, 1)]:
        for index in range(int(np.ceil(depth * repeats))):
            x = block(x, expand, kernel, stride if index == 0 else 1, channels(outputs))
    x = layers.Conv2D(channels(1280), 1, padding="same")(x)
    x = layers.Activation("swish")(layers.BatchNormalization()(x))
    x = layers.Dense(classes, activation="softmax")(layers.GlobalAveragePooling2D()(x))
    return keras.Model(start, x)


def run(name, model, resolution, *, rescales, **fields):
    x = formula.image(1, resolution, resolution).transpose(0, 2, 3, 1)
    if rescales:
        x = (x * 127.5 + 127.5).astype(np.float32)
    y = np.asarray(fill(model)(x, training=False), dtype=np.float64)[0]
    print(name, resolution, flush=True)
    return dict(
        name=name, **fields, resolution=resolution,
        parameters=sum(int(np.prod(v.shape)) for v in model.trainable_weights), classes=len(y),
        first=[float(v) for v in y[:8]], mean=float(y.mean()), std=float(y.std()), max=float(y.max()),
        argmax=int(y.argmax()))


def entries():
    small = dict(width=0.25, depth=0.5)
    for index, resolution in enumerate([224, 240, 260, 300, 380, 456, 528, 600]):
        make = getattr(keras.applications, f"EfficientNetB{index}")
        yield f"keras/EfficientNetB{index}", make(weights=None, classifier_activation=None), resolution, True, {}
    model = EfficientNet(0.25, 0.5, 64, name="small", weights=None, input_shape=(64, 64, 3), classes=10,
                         classifier_activation=None, weights_name="")
    yield "keras/EfficientNetB0", model, 64, True, small
    for size, resolution in (("B0", 224), ("B3", 300), ("S", 384)):
        make = getattr(keras.applications, f"EfficientNetV2{size}")
        model = make(weights=None, classifier_activation=None, include_preprocessing=False)
        yield f"keras/EfficientNetV2{size}", model, resolution, False, {}
    keras.backend.clear_session()
    yield "article-b0", article(1.0, 1.0, 224, 1000), 224, False, dict(softmax=True)
    keras.backend.clear_session()
    yield "article-b0", article(0.25, 0.5, 64, 10), 64, False, dict(softmax=True, **small)


if __name__ == "__main__":
    results = [run(name, model, size, rescales=rescales, **fields) for name, model, size, rescales, fields in entries()]
    with open(sys.argv[1], "w") as file:
        json.dump(results, file, indent=1)
        file.write("\n")
