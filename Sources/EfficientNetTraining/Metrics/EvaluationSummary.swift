/// An evaluation as `effnet evaluate --json` prints it.
///
///     {"top1": 0.91, "top5": 0.99, "loss": 0.31, "images": 1000, "images_per_second": 210.4, "calibration_error": 0.02,
///      "macro": {"precision": 0.91, "recall": 0.9, "f1": 0.9},
///      "classes": [{"name": "cat", "precision": 0.9, "recall": 0.88, "f1": 0.89, "count": 100}, …],
///      "confusion": [[0, 0, 88], [0, 3, 12], …]}
///
/// A ratio of nothing to nothing is null. `confusion` has the truth, the prediction and the count of every pair that happened,
/// as indices into `classes`.
public struct EvaluationSummary: Encodable, Sendable {
  private let evaluation: Evaluation
  private let imagesPerSecond: Double

  private enum CodingKeys: String, CodingKey {
    case top1, top5, loss, images, macro, classes, confusion
    case imagesPerSecond = "images_per_second"
    case calibrationError = "calibration_error"
  }

  /// The summary of an evaluation.
  public init(_ evaluation: Evaluation, imagesPerSecond: Double) {
    (self.evaluation, self.imagesPerSecond) = (evaluation, imagesPerSecond)
  }

  /// Encodes what is undefined as null.
  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: CodingKeys.self)
    try fields.encode(evaluation.top1, forKey: .top1)
    try fields.encode(evaluation.top5, forKey: .top5)
    try fields.encode(evaluation.loss, forKey: .loss)
    try fields.encode(evaluation.images, forKey: .images)
    try fields.encode(imagesPerSecond, forKey: .imagesPerSecond)
    try fields.encode(evaluation.calibration.error, forKey: .calibrationError)
    try fields.encode(evaluation.macro, forKey: .macro)
    try fields.encode(evaluation.perClass, forKey: .classes)
    try fields.encode(
      evaluation.confusion.map { [$0.truth, $0.prediction, $0.count] }, forKey: .confusion)
  }
}
