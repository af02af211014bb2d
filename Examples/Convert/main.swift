// Converts a weight file of PyTorch, Keras or NumPy to safetensors and to ONNX:
//
//     ExampleConvert tf_efficientnet_b0.pth b0 timm/tf_efficientnet_b0

import EfficientNet
import EfficientNetFormats
import Foundation

func fail(_ message: String) -> Never {
  FileHandle.standardError.write(Data("\(message)\n".utf8))
  exit(1)
}

let arguments = CommandLine.arguments
guard 3...4 ~= arguments.count else { fail("usage: ExampleConvert weights name [network]") }
do {
  // Several networks have the same tensors and differ in padding: the name says which one it is. A
  // file that says so itself, or fits one network only, needs no name.
  let network = try arguments.count == 4 ? PublishedNetwork(named: arguments[3]) : nil
  let model = try Model(
    weightFile: arguments[1], for: network?.imageNetDescription(provenance: arguments[1]))
  try model.write(to: "\(arguments[2]).safetensors")
  try model.write(onnx: "\(arguments[2]).onnx", options: ONNXOptions(batch: .fixed(1)))
  print(model.description.architecture.name, NetworkCost(model.description.architecture).parameters)
} catch {
  fail("\(error)")
}
