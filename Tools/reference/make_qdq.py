"""Writes int8 networks of ONNX Runtime and NNCF, and the logits that ONNX Runtime gives for them.

    effnet convert NETWORK.safetensors FOLDER/NETWORK.onnx        for tiny-relu6 and tiny-silu
    python3 make_qdq.py FOLDER OUTPUT

made with Python 3.11, onnx 1.23, onnxruntime 1.32, nncf 3.4, numpy 2.4. FOLDER/NETWORK.onnx are the networks of
TinyNetworks.swift with the formula's weights (Formula.model). The files are in
Tests/EfficientNetFormatsTests/Fixtures/onnx:

relu6-u8.onnx   quantize_static: maps in uint8, weights with a scale for each output
silu-s8.onnx    quantize_static: maps in int8, weights with one scale
relu6-nncf.onnx NNCF: maps in int8 and uint8, batch norms and ReLU6 as nodes
logits.json     the logits of the formula's image
"""
import json
import os
import sys

import nncf
import numpy as np
import onnx
import onnxruntime as ort
from nncf.quantization.advanced_parameters import AdvancedQuantizationParameters, QuantizationParameters
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static

import formula


def image(path):
    """Returns the formula's image for a network."""
    model = onnx.load(path)
    shape = [dimension.dim_value or 1 for dimension in model.graph.input[0].type.tensor_type.shape.dim]
    return formula.unit("input", int(np.prod(shape))).astype(np.float32).reshape(shape)


class OneImage(CalibrationDataReader):
    def __init__(self, x):
        self.images = iter([{"input": x}])

    def get_next(self):
        return next(self.images, None)


def logits(path, x):
    options = ort.SessionOptions()
    # Every node as the file has it: fused kernels saturate on some processors.
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    return ort.InferenceSession(path, options).run(None, {"input": x})[0].ravel().tolist()


def main(folder, output):
    os.makedirs(output, exist_ok=True)
    expected = {}
    for name, network, maps, per_channel in [
        ("relu6-u8", "tiny-relu6", QuantType.QUInt8, True), ("silu-s8", "tiny-silu", QuantType.QInt8, False)
    ]:
        source = f"{folder}/{network}.onnx"
        quantize_static(source, f"{output}/{name}.onnx", OneImage(image(source)), quant_format=QuantFormat.QDQ,
                        per_channel=per_channel, activation_type=maps, weight_type=QuantType.QInt8)
        expected[name] = logits(f"{output}/{name}.onnx", image(source))
    source = f"{folder}/tiny-relu6.onnx"
    parameters = AdvancedQuantizationParameters(
        activations_quantization_params=QuantizationParameters(per_channel=False))
    network = nncf.quantize(
        onnx.load(source), nncf.Dataset([image(source)], lambda x: {"input": x}), subset_size=1,
        advanced_parameters=parameters)
    onnx.save(network, f"{output}/relu6-nncf.onnx")
    expected["relu6-nncf"] = logits(f"{output}/relu6-nncf.onnx", image(source))
    with open(f"{output}/logits.json", "w") as file:
        json.dump(expected, file)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
