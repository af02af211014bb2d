"""Networks of the frameworks with random weights, two random images each, and the frameworks' logits.

Weights have the framework's own initialization from a fixed seed. Scales, shifts and biases are moved
at random, and batch norm has the statistics of the two images, so that a wrong epsilon or a swapped
tensor shows. interop.py lists the packages to install.
"""
import logging
import os
import zlib

os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", TF_ENABLE_ONEDNN_OPTS="0", CUDA_VISIBLE_DEVICES="")
import numpy as np  # noqa: E402
import timm  # noqa: E402
import torch  # noqa: E402
import torchvision  # noqa: E402
from efficientnet_pytorch import EfficientNet as Lukemelas  # noqa: E402
import keras  # noqa: E402  (TensorFlow after PyTorch: in the other order, their two copies of LLVM abort)

logging.getLogger("absl").setLevel("ERROR")  # Keras warns about its older file formats, which are intended here


def moved(values, random):
    """Moves scales, shifts and biases, which start as ones and zeros, at random."""
    return (values + random.uniform(-0.3, 0.3, values.shape)).astype(np.float32)


class TorchNetwork:
    """A network of timm, torchvision or EfficientNet-PyTorch, such as "timm/efficientnet_b0"."""

    def __init__(self, name, side):
        self.name, self.side = name, side
        self.framework, self.model_name = name.split("/")
        seed = zlib.crc32(name.encode())
        random = np.random.default_rng(seed)
        torch.manual_seed(seed)
        self.x = random.uniform(-2, 2, (2, 3, side, side)).astype(np.float32)
        self.model = torch_model(name, side)
        norms = [module for module in self.model.modules() if isinstance(module, torch.nn.BatchNorm2d)]
        momenta = [norm.momentum for norm in norms]
        with torch.no_grad():
            for parameter in self.model.parameters():
                if parameter.ndim == 1:
                    parameter.copy_(torch.from_numpy(moved(parameter.numpy(), random)))
            for norm in norms:
                norm.momentum = 1.0
            self.model.train()(torch.from_numpy(self.x))
        for norm, momentum in zip(norms, momenta):
            norm.momentum = momentum
        self.state = {key: value.detach().clone() for key, value in self.model.state_dict().items()}
        self.logits = torch_logits(self.model, self.x)

    @property
    def arrays(self):
        """The tensors that effnet also has: batch norm's counters are only for training."""
        return {key: value.numpy() for key, value in self.state.items() if not key.endswith("num_batches_tracked")}


def torch_model(name, side, classes=1000, state=None):
    """Returns an untrained network, or one with exactly the tensors of `state`."""
    framework, model_name = name.split("/")
    if framework == "timm":
        model = timm.create_model(model_name, num_classes=classes)
    elif framework == "torchvision":
        model = getattr(torchvision.models, model_name)(weights=None, num_classes=classes)
    else:
        model = Lukemelas.from_name(model_name, image_size=side, num_classes=classes)
    if state is not None:
        model.load_state_dict(state, strict=True)
    return model


def torch_logits(model, x):
    with torch.inference_mode():
        return model.eval()(torch.from_numpy(x)).numpy()


class KerasNetwork:
    """A network of Keras' applications, which preprocesses pixels 0…255, such as "keras/EfficientNetB0"."""

    def __init__(self, name, side):
        self.name, self.side = name, side
        self.framework, self.model_name = name.split("/")
        seed = zlib.crc32(name.encode())
        random = np.random.default_rng(seed)
        keras.utils.set_random_seed(seed)
        self.photos = random.uniform(0, 255, (2, side, side, 3)).astype(np.float32)
        self.mean, self.deviation = [128.0] * 3, [128.0] * 3
        self.model = getattr(keras.applications, self.model_name)(
            weights=None, input_shape=(side, side, 3), classifier_activation=None)
        for layer in self.model.layers:
            if isinstance(layer, keras.layers.Normalization):
                # The previous layer divides pixels by 255.
                mean, deviation = np.float32([0.485, 0.456, 0.406]), np.float32([0.229, 0.224, 0.225])
                if layer.input_mean is None:  # not constants: the first version
                    layer.adapt_mean.assign(mean)
                    layer.adapt_variance.assign(deviation ** 2)
                    layer.finalize_state()
                self.mean, self.deviation = 255 * mean, 255 * deviation
        for variable in self.model.trainable_variables:
            if variable.ndim == 1:
                variable.assign(moved(variable.numpy(), random))
        norms = [layer for layer in self.model.layers if isinstance(layer, keras.layers.BatchNormalization)]
        momenta = [norm.momentum for norm in norms]
        for norm in norms:
            norm.momentum = 0.0
        self.model(self.photos, training=True)
        for norm, momentum in zip(norms, momenta):
            norm.momentum = momentum
        self.logits = np.asarray(self.model(self.photos, training=False))
        self.x = self.normalized(self.mean, self.deviation).transpose(0, 3, 1, 2).copy()

    def normalized(self, mean, deviation):
        """Returns the photos as input of effnet's network, (n, height, width, channels)."""
        return ((self.photos - np.float32(mean)) / np.float32(deviation)).astype(np.float32)
