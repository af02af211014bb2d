"""Writes configurations of small EfficientNets in Keras' format, packed into one archive.

    python3 make_keras_configs.py keras_configs.zip        made with Python 3.11, tensorflow 2.21.0, keras 3.15.1

plain.json      EfficientNet of width 0.25 and depth 0.3 for 64 pixels and 10 classes
features.json   the same without a classifier and without pooling
v2.json         EfficientNetV2 of the same size, as its B0
v2plain.json    the same with include_preprocessing=False
old.json        plain.json in the format of Keras 2: connections as lists, older settings

The archive is Tests/EfficientNetFormatsTests/Fixtures/keras_configs.zip.
"""
import json
import os
import sys
import zipfile

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import keras
from keras.src.applications.efficientnet import EfficientNet
from keras.src.applications.efficientnet_v2 import EfficientNetV2

SIZE = {"input_shape": (64, 64, 3), "weights": None}


def history(value):
    """Returns the references to layers in arguments of Keras 3."""
    if isinstance(value, dict):
        if value.get("class_name") == "__keras_tensor__":
            return [value["config"]["keras_history"] + [{}]]
        return []
    return [reference for item in value or [] for reference in history(item)] if isinstance(value, list) else []


def old(config):
    """Returns the configuration of a functional model in the format of Keras 2."""
    config = json.loads(json.dumps(config))
    for layer in config["config"]["layers"]:
        layer["inbound_nodes"] = [history(node["args"]) for node in layer["inbound_nodes"]]
        for key in ("module", "registered_name", "build_config"):
            layer.pop(key, None)
        settings = layer["config"]
        settings["dtype"] = "float32"
        for key in ("synchronized", "renorm", "renorm_clipping", "renorm_momentum", "quantization_config", "optional"):
            settings.pop(key, None)
        if "batch_shape" in settings:
            settings["batch_input_shape"] = settings.pop("batch_shape")
        if settings.get("activation") == "silu":
            settings["activation"] = "swish"
        if layer["class_name"] == "BatchNormalization":
            settings["axis"] = [settings["axis"]]
    inner = config["config"]
    inner["input_layers"], inner["output_layers"] = [inner["input_layers"]], [inner["output_layers"]]
    return {"class_name": "Functional", "config": inner}


if __name__ == "__main__":
    def network(**options):
        keras.utils.clear_session()
        return json.loads(EfficientNet(0.25, 0.3, 64, name="small", **SIZE, **options).to_json())

    def network_v2(**options):
        keras.utils.clear_session()
        return json.loads(EfficientNetV2(0.25, 0.3, 64, name="efficientnetv2-b0", classes=10,
                                         **SIZE, **options).to_json())

    plain = network(classes=10)
    files = {
        "plain.json": plain, "features.json": network(include_top=False), "v2.json": network_v2(),
        "v2plain.json": network_v2(include_preprocessing=False), "old.json": old(plain),
    }
    with zipfile.ZipFile(sys.argv[1], "w", zipfile.ZIP_DEFLATED) as archive:
        for name, config in sorted(files.items()):
            archive.writestr(zipfile.ZipInfo(name), json.dumps(config), zipfile.ZIP_DEFLATED)
