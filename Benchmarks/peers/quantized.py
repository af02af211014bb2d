"""int8 files of a network: ours, and the peers' from its ONNX file. The speed does not depend on the calibration."""
import numpy as np

from ..common.effnet import ROOT, effnet
from . import files

IMAGES = 4  # to calibrate


def ours(model):
    """Returns the file of effnet quantize. Formula weights may not reach the agreement that it demands."""
    return files.made(files.FOLDER / f"{model}-int8.safetensors",
                      lambda path: effnet("quantize", "--model", model, "--weights", files.weights_of(model), "--calibrate",
                                          ROOT / "Examples/photos", "-o", path, "--force"))


def onnxruntime(model, batch):
    """Returns the file of ONNX Runtime's static quantization, as its documentation recommends for x86-64."""
    def write(path):
        from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static

        class Reader(CalibrationDataReader):
            def __init__(self):
                self.parts = iter(parts(model, batch))

            def get_next(self):
                return next(self.parts, None)
        quantize_static(files.onnx(model, batch), path, Reader(), quant_format=QuantFormat.QDQ, per_channel=True,
                        activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8)
    return files.made(files.FOLDER / f"{model}-{batch}-onnxruntime.onnx", write)


def nncf(model, batch):
    """Returns the file of NNCF, OpenVINO's quantizer."""
    def write(path):
        import nncf
        import onnx
        preset = nncf.QuantizationPreset.MIXED  # for networks with SiLU
        onnx.save(nncf.quantize(onnx.load(files.onnx(model, batch)), nncf.Dataset(parts(model, batch)), preset=preset), path)
    return files.made(files.FOLDER / f"{model}-{batch}-nncf.onnx", write)


def parts(model, batch):
    """Returns inputs of `batch` images."""
    files.prepare_images(model, batch)
    images = np.load(files.images_of(model, batch))
    return [{"input": images * scale} for scale in np.linspace(0.5, 1, IMAGES, dtype=np.float32)]
