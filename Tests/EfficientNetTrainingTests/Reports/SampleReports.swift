import EfficientNet
import EfficientNetCompute
import EfficientNetReports
import EfficientNetTestSupport
import Foundation

@testable import EfficientNetTraining

/// Reports of invented runs.
enum SampleReports {
  static let hostile: [String] = [
    "<script>alert('a & b')</script>", "\"quoted\" 'name'", String(repeating: "long ", count: 200),
    "שלום עולם", "\u{202E}reversed", "👩🏽‍🔬🦊 fox", "a\u{0}b\nc\u{1B}[31m", "&lt;&amp;", "—",
    String(repeating: "e\u{301}", count: 900), "../../etc", " ",
  ]

  /// An evaluation in which class i is recognized more often the larger i is; mistakes go to a
  /// neighbor.
  static func evaluation(classes: [ClassLabel], photos: Int) throws -> Evaluation {
    var evaluation = Evaluation(classes: classes)
    var generator = SeededGenerator(seed: 3)
    let count = classes.count
    for sample in 0..<photos {
      let label = sample % count
      var logits = [Float](repeating: 0, count: count)
      for index in logits.indices where count < 100 {
        logits[index] = Float(generator.normal()) * 0.6
      }
      let isRight =
        Double.random(in: 0..<1, using: &generator) < 0.72 + 0.25 * Double(label) / Double(count)
      let neighbor = (label + Int.random(in: 1...3, using: &generator)) % count
      logits[isRight ? label : neighbor] += Float.random(in: 2...7, using: &generator)
      try evaluation.add(logits: logits[...], label: label, sample: sample)
    }
    return evaluation
  }

  static func records(_ count: Int) -> [EpochRecord] {
    (0..<count).map { index in
      let share = Double(index + 1) / Double(count)
      let wave = 0.03 * sin(Double(index) * 2.1)
      return EpochRecord(
        epoch: index + 1, trainingLoss: 0.62 + 1.5 * exp(-5 * share),
        trainingTop1: 0.93 - 0.6 * exp(-5 * share),
        validationLoss: 0.31 + 1.1 * exp(-6 * share) + 0.08 * share + wave,
        validationTop1: 0.94 - 0.4 * exp(-6 * share) - wave / 4,
        validationTop5: 0.99 - 0.2 * exp(-9 * share),
        rate: 0.01 * (1 + cos(.pi * share)), seconds: 71.5, imagesPerSecond: 111.9)
    }
  }

  /// A JPEG file of 48 × 36 pixels: Pillow 13.0, `putpixel((x, y), (5 * x, 6 * y, 3 * (x + y)))`,
  /// quality 60, optimized.
  static let jpeg = [UInt8](
    Data(
      base64Encoded: """
        /9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAA0JCgsKCA0LCgsODg0PEyAVExISEyccHhcgLikxMC4pLSwzOko+MzZGNywtQFdBRkxOUlNSMj5aYV\
        pQYEpRUk//2wBDAQ4ODhMREyYVFSZPNS01T09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT0//wAARCAAk\
        ADADASIAAhEBAxEB/8QAFwABAQEBAAAAAAAAAAAAAAAABAAFB//EABgQAQEBAQEAAAAAAAAAAAAAAAMAYQJR/8QAGgEBAQACAwAAAAAAAAAAAA\
        AABQMBAgQGB//EABcRAQEBAQAAAAAAAAAAAAAAAAADAgH/2gAMAwEAAhEDEQA/AOemGSTDJRhkkwyznrWNxTDJJhkowySYZWz0rG4phkkwyUYZ\
        JMMrZ6UjdimGSTDJRhkkwyOz157G4phkkwyUYZJMMrZ6UjcUwySYZKMMkmGVs9Kxuwj458knxz5VXAy6LEk+OfJJ8c+VVbJSJJ8c+ST458qq2S\
        sev//Z
        """)!)

  /// A network of 160 pixels.
  static func model(_ classes: [ClassLabel]) -> ModelDescription {
    ModelDescription(
      architecture: Architecture(
        name: "tiny", resolution: 160, stem: 8,
        stages: [.mbConv(expand: 1, kernel: 3, stride: 1, channels: 8, repeats: 1)], head: 24,
        classes: classes.count, activation: .silu, dropout: 0, stochasticDepth: 0),
      preprocessing: Preprocessing(
        resize: 180, crop: 160, interpolation: .bilinear, mean: [127, 127, 127],
        std: [64, 64, 64]),
      classes: classes, provenance: "a test")
  }

  static func broken(_ reason: String) -> BrokenPhoto {
    BrokenPhoto(sample: 0, path: "", reason: reason)
  }

  static func training(classes names: [String], epochs: Int, photos: Int) throws -> TrainingReport {
    let classes = names.map { ClassLabel(name: $0) }
    let records = records(epochs)
    let best = records.max { $0.validationTop1 < $1.validationTop1 }
    let evaluation = try evaluation(classes: classes, photos: photos)
    var report = TrainingReport(
      title: "cifar10-sample", model: model(classes), trainingPhotos: 8 * photos,
      validationPhotos: photos,
      result: TrainingResult(
        isInterrupted: false, isEarly: false, records: records,
        best: best.map { ($0.epoch, $0.validationTop1) }, evaluation: evaluation, seconds: 715.4,
        imagesPerSecond: 111.87,
        broken: [broken("photos/train/cat/bad.jpg: it ends in the middle of the picture")]),
      command: "effnet train photos/ --model lite0 --resolution 160 --epochs \(epochs) --seed 1",
      settings: try ReportSettings(SampleConfiguration(classes: classes)))
    report.mistakes = evaluation.worst.map {
      ReportPicture(
        path: "photos/val/\(names[$0.label])/\($0.sample).jpg",
        jpeg: $0.sample % 7 == 0 ? nil : jpeg)
    }
    report.augmented = (0..<16).map {
      ReportPicture(
        path: "photos/train/\(names[$0 % names.count])/\($0).jpg", jpeg: jpeg,
        caption: names[$0 % names.count])
    }
    report.notes = ["10 of 10 epochs; no epoch after the best was better."]
    return report
  }
}

/// Settings similar to a run's configuration.
struct SampleConfiguration: Encodable {
  struct Optimizer: Encodable {
    var momentum = 0.9
    var nesterov = true
  }
  struct Stage: Encodable {
    var kernel = 3
    var channels: Int
  }
  enum Decay: Encodable { case cosine }

  var classes: [ClassLabel] = []
  var seed = UInt64.max
  var limit: Int? = nil
  var optimizer = Optimizer()
  var decay = Decay.cosine
  var stages = [Stage(channels: 16), Stage(channels: 24)]
  var mean = [0.485, 0.456, 0.406]
  var data = "photos/"
  var nothing: [Int] = []
}
