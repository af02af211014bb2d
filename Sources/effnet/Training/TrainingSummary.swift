import EfficientNetTraining
import FoundationEssentials

/// What `effnet train --json` prints.
struct TrainingSummary: Encodable {
  struct Best: Encodable {
    let epoch: Int
    let top1: Double
  }

  let run: String
  let best: Best?
  let epochs: Int
  let imagesPerSecond: Double
  let seconds: Double
  let broken: Int

  private enum CodingKeys: String, CodingKey {
    case run, best, epochs, seconds, broken
    case imagesPerSecond = "images_per_second"
  }

  init(_ result: TrainingResult, _ folder: RunFolder) {
    run = folder.path
    best = result.best.map { Best(epoch: $0.epoch, top1: $0.top1) }
    (epochs, seconds) = (result.records.count, result.seconds)
    (imagesPerSecond, broken) = (result.imagesPerSecond, result.broken.count)
  }

  var line: String { get throws { try jsonLine(self) } }
}

/// A value as JSON in one line, its fields by name.
func jsonLine(_ value: some Encodable) throws -> String {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  return String(decoding: try encoder.encode(value), as: UTF8.self)
}
