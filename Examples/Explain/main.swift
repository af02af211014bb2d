// Draws which regions of a photo speak for the network's first answers:
//
//     ExampleExplain lite0.safetensors photo.jpg sheet.png

import EfficientNet
import EfficientNetExplanation
import EfficientNetImages
import Foundation

func fail(_ message: String) -> Never {
  FileHandle.standardError.write(Data("\(message)\n".utf8))
  exit(1)
}

let arguments = CommandLine.arguments
guard arguments.count == 4 else { fail("usage: ExampleExplain weights photo.jpg sheet.png") }
do {
  let explainer = try Explainer(Model(contentsOf: arguments[1]), pool: ThreadPool())
  let photo = try PixelBuffer(contentsOf: arguments[2])
  let explanations = try explainer.explain(photo, classes: .best(2))
  for explanation in explanations {
    print(explanation.prediction.label, "strongest evidence:", explanation.map.peak)
  }

  let sheet = try ExplanationSheet().picture(
    of: photo, title: arguments[2], rows: [explanations.map { ExplanationSheet.Panel($0) }])
  try Data(sheet.png()).write(to: URL(filePath: arguments[3]))
} catch {
  fail("\(error)")
}
