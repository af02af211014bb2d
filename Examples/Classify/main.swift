import EfficientNet
import EfficientNetImages
import Foundation

func fail(_ message: String) -> Never {
  FileHandle.standardError.write(Data("\(message)\n".utf8))
  exit(1)
}

let arguments = CommandLine.arguments
guard arguments.count >= 3 else { fail("usage: ExampleClassify weights photo.jpg ...") }
do {
  let classifier = try Classifier(weights: arguments[1])
  for path in arguments[2...] {
    let photo = try PixelBuffer(contentsOf: path)
    for prediction in try classifier.classify(photo, top: 3) {
      print(path, prediction.label, prediction.probability)
    }
  }
} catch {
  fail("\(error)")
}
