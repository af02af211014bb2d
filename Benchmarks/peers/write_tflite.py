"""Writes one of our networks as .tflite: TensorFlow's operations layer by layer, with our weights.

    python -m Benchmarks.peers.write_tflite MODEL BATCH FILE
"""
import os
import sys
from pathlib import Path

os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="")
try:
    import tensorflow as tf
except ImportError as error:
    sys.exit(str(error))

from . import network  # noqa: E402

EPSILON = 1e-3  # of the batch norms in all of the authors' networks


def computed(layers, weights, x):
    """Returns the logits of the images x (n, height, width, channels)."""
    block, block_input, pooled = None, x, x
    for layer in layers:
        if layer.block != block:
            block, block_input = layer.block, x
        match layer.operation:
            case "average pool":
                pooled = x
                x = tf.reduce_mean(x, (1, 2), keepdims=layer.block is not None)
            case "scale":
                x = pooled * x
            case "add":
                x = x + block_input
            case "silu" | "relu6" | "relu" | "sigmoid":
                x = getattr(tf.nn, layer.operation)(x)
            case _:
                x = weighted(layer, x, *(weights[name] for name in layer.shapes))
    return x


def weighted(layer, x, weight, *others):
    """Computes a layer with weights, whose axes TensorFlow orders differently."""
    strides = [1, layer.stride, layer.stride, 1]
    match layer.operation:
        case "conv":
            y = tf.nn.conv2d(x, weight.transpose(2, 3, 1, 0), strides, "SAME")
        case "depthwise":
            y = tf.nn.depthwise_conv2d(x, weight.transpose(2, 3, 0, 1), strides, "SAME")
        case "linear":
            y = tf.linalg.matmul(x, weight.transpose(1, 0))
        case "batch norm":
            bias, mean, variance = others
            return tf.nn.batch_normalization(x, mean, variance, bias, weight, EPSILON)
        case _:
            raise ValueError(f"{layer.name} is a {layer.operation}, which is not supported")
    return y + others[0] if others else y


def main(model, batch, path):
    side, layers = network.network(model)
    weights = network.weights(layers)
    function = tf.function(lambda x: computed(layers, weights, x)).get_concrete_function(
        tf.TensorSpec((int(batch), side, side, 3), tf.float32))
    Path(path).write_bytes(tf.lite.TFLiteConverter.from_concrete_functions([function]).convert())


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    main(*sys.argv[1:])
