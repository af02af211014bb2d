import EfficientNet
import EfficientNetImages
import EfficientNetReports
import EfficientNetTestSupport
import Foundation
import Testing

@testable import EfficientNetTraining

@Suite("Reports of runs")
struct RunReportTests {
  private let folder: TestFolder
  private let classes = ["cat", "dog"].map { ClassLabel(name: $0) }

  init() throws {
    folder = try TestFolder()
    try folder.photos((0..<6).map { "\($0 % 2 == 0 ? "cat" : "dog")/\($0).png" })
    try folder.write("cat/broken.png", "no picture")
  }

  private func dataset(_ names: [String]) -> Dataset {
    Dataset(
      classes: classes,
      samples: names.enumerated().map {
        Sample(photo: .file("\(folder.path)/\($0.element)"), label: $0.offset % 2)
      })
  }

  private var model: ModelDescription {
    ModelDescription(
      architecture: Architecture(
        name: "tiny", resolution: 32, stem: 8,
        stages: [.mbConv(expand: 1, kernel: 3, stride: 1, channels: 8, repeats: 1)], head: 24,
        classes: 2, activation: .silu, dropout: 0, stochasticDepth: 0),
      preprocessing: Preprocessing(
        resize: 36, crop: 32, interpolation: .bilinear, mean: [127, 127, 127], std: [64, 64, 64]),
      classes: classes, provenance: "a test")
  }

  /// The sides of the pictures in a page.
  private func sides(_ page: String) throws -> [[Int]] {
    try MarkupChecker(page).attributes.filter { $0.name == "src" }.map { attribute in
      let text = try #require(attribute.value.split(separator: ",").last)
      let bytes = try #require(Data(base64Encoded: String(text)))
      let picture = try PixelBuffer(decoding: [UInt8](bytes), name: "the picture")
      return [picture.width, picture.height]
    }
  }

  @Test("a training run's report has its worst and its augmented photos")
  func training() throws {
    var data = try DataSplit(path: folder.path, validation: 0.4, seed: 0)
    data.training = dataset(["cat/0.png", "dog/1.png", "cat/2.png"])
    data.validation = dataset(["cat/broken.png", "dog/3.png"])
    data.notes = ["'fox' has one photo only"]
    var evaluation = Evaluation(classes: classes)
    try evaluation.add(logits: [0, 3], label: 0, sample: 0)
    try evaluation.add(logits: [2, 0], label: 1, sample: 1)
    let configuration = RunConfiguration(
      version: "1.2.3", command: "effnet train cats", data: "cats", validationShare: 0.4,
      limit: nil,
      dataFingerprint: 1, model: model, weights: nil, seed: 7, freezing: .nothing,
      recipe: .finetune, brokenLimit: 10, checkpointMinutes: 5)
    let result = TrainingResult(
      isInterrupted: false, isEarly: true, records: SampleReports.records(4), best: (3, 0.91),
      evaluation: evaluation, seconds: 12, imagesPerSecond: 34.5,
      broken: [BrokenPhoto(sample: 9, path: "b.png", reason: "b.png has no end")])
    let page = try TrainingReport(title: "cats", configuration, result, data: data).html()
    #expect(MarkupChecker(page).complaints.isEmpty)
    // Three augmented photos and one of the two mistakes; the other one's photo is broken.
    #expect(try sides(page) == [[Int]](repeating: [160, 160], count: 4))
    for text in [
      "3 of 4", "ended early", "fox", "b.<wbr>png has no end", "no picture", "broken.png", "1.2.3",
      "effnet train cats",
      "<bdi>recipe.<wbr>augmentation.<wbr>flip</bdi>",
      Graph(model.architecture).parameterCount.grouped,
    ] {
      #expect(page.contains(text), "\(text)")
    }
  }

  @Test("an evaluation has a report")
  func evaluation() throws {
    var evaluation = Evaluation(classes: classes)
    try evaluation.add(logits: [0, 3], label: 0, sample: 1)
    let result = Evaluator.Result(evaluation: evaluation, broken: [], imagesPerSecond: 50)
    let page = try EvaluationReport(
      title: "test", model, result, photos: dataset(["dog/3.png", "cat/4.png"]),
      command: "effnet evaluate"
    ).html()
    #expect(try sides(page) == [[160, 160]])
    #expect(page.contains("4.png") && !page.contains("3.png"))
  }
}
