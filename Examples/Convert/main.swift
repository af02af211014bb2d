// Converts a weight file of PyTorch, Keras or NumPy to safetensors and to ONNX:
//
//     ExampleConvert tf_efficientnet_b0.pth b0

import EfficientNet
import EfficientNetFormats

let arguments = CommandLine.arguments
guard arguments.count == 3 else { fatalError("usage: ExampleConvert weights name") }

let model = try Model(weightFile: arguments[1])
try model.write(to: "\(arguments[2]).safetensors")
try model.write(onnx: "\(arguments[2]).onnx", options: ONNXOptions(batch: .fixed(1)))
print(model.description.architecture.name, NetworkCost(model.description.architecture).parameters)
