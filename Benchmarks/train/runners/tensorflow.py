"""TensorFlow, on Keras's network, with the whole step as one graph; bf16 by Keras's mixed policy.

Keras has no Lite networks.
"""
import os

from ...common.contestant import NotAvailable
from ..case import CLASSES, DECAY, DROP, MOMENTUM, RATE, SMOOTHING


def step(case):
    os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="")
    import keras
    import tensorflow as tf
    tf.config.threading.set_intra_op_parallelism_threads(case.threads)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    builder = getattr(keras.applications, "EfficientNet" + case.model.upper(), None)
    if builder is None:
        raise NotAvailable(f"Keras has no {case.model}")
    keras.utils.set_random_seed(0)
    if case.precision == "bf16":
        keras.mixed_precision.set_global_policy("mixed_bfloat16")
    shape = (case.resolution, case.resolution, 3)
    network = builder(weights=None, input_shape=shape, classes=CLASSES, classifier_activation=None)
    optimizer = keras.optimizers.SGD(RATE, momentum=MOMENTUM, nesterov=True, weight_decay=DECAY)
    optimizer.exclude_from_weight_decay(
        [variable for variable in network.trainable_variables if len(variable.shape) == 1])
    criterion = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=SMOOTHING)
    images = tf.random.normal((case.images, *shape))
    labels = tf.one_hot(range(case.images), CLASSES)

    @tf.function
    def run():
        with tf.GradientTape() as tape:
            loss = criterion(labels, tf.cast(network(images, training=True), tf.float32))
        gradients = tape.gradient(loss, network.trainable_variables)
        optimizer.apply_gradients(zip(gradients, network.trainable_variables))
        return loss
    return lambda: float(run())
