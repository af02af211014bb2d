import EfficientNet
import EfficientNetImages

let arguments = CommandLine.arguments.dropFirst()
let classifier = try Classifier(weights: arguments.first ?? "lite0.safetensors")
for path in arguments.dropFirst() {
  let photo = try PixelBuffer(contentsOf: path)
  for prediction in try classifier.classify(photo, top: 3) {
    print(path, prediction.label, prediction.probability)
  }
}
