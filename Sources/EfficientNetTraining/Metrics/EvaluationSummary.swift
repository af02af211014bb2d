/// The JSON summary of an evaluation, as `effnet evaluate --json` prints it.
///
///     {"top1": 0.91, "top5": 0.99, "loss": 0.31, "images": 1000, "images_per_second": 210.4,
///      "calibration_error": 0.02, "macro": {"precision": 0.91, "recall": 0.9, "f1": 0.9},
///      "classes": [
///        {"name": "cat", "precision": 0.9, "recall": 0.88, "f1": 0.89, "count": 100}, …],
///      "confusion": [[0, 0, 88], [0, 3, 12], …]}
///
/// An undefined ratio is null. `confusion` has truth, prediction and count of each pair that
/// occurred; truth and prediction are indices into `classes`.
public struct EvaluationSummary: Encodable, Sendable {
  private let top1, top5, loss: Double
  private let images: Int
  private let imagesPerSecond, calibrationError: Double
  @NullIfNil private var macro: MeanScore?
  private let classes: [ClassScore]
  private let confusion: [[Int]]

  private enum CodingKeys: String, CodingKey {
    case top1, top5, loss, images, macro, classes, confusion
    case imagesPerSecond = "images_per_second"
    case calibrationError = "calibration_error"
  }

  /// Creates the summary of an evaluation.
  public init(_ evaluation: Evaluation, imagesPerSecond: Double) {
    (top1, top5, loss) = (evaluation.top1, evaluation.top5, evaluation.loss)
    (images, self.imagesPerSecond) = (evaluation.images, imagesPerSecond)
    calibrationError = evaluation.calibration.error
    (classes, macro) = (evaluation.perClass, evaluation.macro)
    confusion = evaluation.confusion.map { [$0.truth, $0.prediction, $0.count] }
  }
}
