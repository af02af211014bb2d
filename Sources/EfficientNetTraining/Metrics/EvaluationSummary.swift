internal import EfficientNetReports

/// The JSON summary of an evaluation, as `effnet evaluate --json` prints it.
///
///     {"broken": 0,
///      "top1": 0.91, "top1_count": 910, "top1_interval": [0.8906, 0.9262],
///      "top5": 0.99, "top5_count": 990, "top5_interval": [0.9817, 0.9946],
///      "loss": 0.31, "images": 1000, "images_per_second": 210.4,
///      "calibration_error": 0.02, "macro": {"precision": 0.91, "recall": 0.9, "f1": 0.9},
///      "classes": [
///        {"name": "cat", "precision": 0.9, "recall": 0.88, "f1": 0.89, "count": 100,
///         "predictions": 98, "hits": 88}, …],
///      "confusion": [[0, 0, 88], [0, 3, 12], …]}
///
/// An interval has the ends of the 95 % confidence interval by Wilson's score. An undefined ratio is
/// null. `training_images` is the number of photos that trained the network; it is present for
/// photos that are named with a run. `broken` is the number of photos that could not be read; they
/// are not among `images`. `against` has another network on the same photos, if one is named: see
/// `NetworkComparison`. `confusion` has truth, prediction and count of each pair that
/// occurred; truth and prediction are indices into `classes`.
public struct EvaluationSummary: Encodable, Sendable {
  private let top1, top5, loss: Double
  private let images, top1Count, top5Count: Int
  private let top1Interval, top5Interval: [Double]
  private let imagesPerSecond, calibrationError: Double
  @NullIfNil private var macro: MeanScore?
  private let classes: [ClassScore]
  private let confusion: [[Int]]

  /// The evaluated photos that trained the network; nil if this is not known.
  package var trainingImages: Int?
  /// The photos that could not be read.
  package var broken: Int?
  /// Another network on the same photos.
  package var against: NetworkComparison?

  private enum CodingKeys: String, CodingKey {
    case top1, top5, loss, images, broken, macro, classes, confusion, against
    case trainingImages = "training_images"
    case top1Count = "top1_count"
    case top5Count = "top5_count"
    case top1Interval = "top1_interval"
    case top5Interval = "top5_interval"
    case imagesPerSecond = "images_per_second"
    case calibrationError = "calibration_error"
  }

  /// Creates the summary of an evaluation.
  public init(_ evaluation: Evaluation, imagesPerSecond: Double) {
    (top1, top5, loss) = (evaluation.top1, evaluation.top5, evaluation.loss)
    (images, self.imagesPerSecond) = (evaluation.images, imagesPerSecond)
    (top1Count, top5Count) = (evaluation.hits, evaluation.hitsAmongFive)
    (top1Interval, top5Interval) = (evaluation.topOne.ends, evaluation.amongFive.ends)
    calibrationError = evaluation.calibration.error
    (classes, macro) = (evaluation.perClass, evaluation.macro)
    confusion = evaluation.confusion.map { [$0.truth, $0.prediction, $0.count] }
  }
}
