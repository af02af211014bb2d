/// An evaluation as `effnet evaluate --json` prints it.
public struct EvaluationSummary: Encodable, Sendable {
  private let top1: Double
  private let top5: Double
  private let loss: Double
  private let images: Int
  private let imagesPerSecond: Double
  private let calibrationError: Double
  private let classes: [ClassScore]
  /// (truth, prediction, count) of all pairs that happened.
  private let confusion: [[Int]]

  private enum CodingKeys: String, CodingKey {
    case top1, top5, loss, images, classes, confusion
    case imagesPerSecond = "images_per_second"
    case calibrationError = "calibration_error"
  }

  /// The summary of an evaluation.
  public init(_ evaluation: Evaluation, imagesPerSecond: Double) {
    (top1, top5, loss) = (evaluation.top1, evaluation.top5, evaluation.loss)
    (images, self.imagesPerSecond) = (evaluation.images, imagesPerSecond)
    calibrationError = evaluation.calibration.error
    classes = evaluation.perClass
    confusion = evaluation.confusion.map { [$0.truth, $0.prediction, $0.count] }
  }
}
