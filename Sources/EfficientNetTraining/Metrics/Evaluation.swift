public import EfficientNet
public import EfficientNetCompute
internal import FoundationEssentials

/// The accuracy of a network on labelled photos.
///
///     var evaluation = Evaluation(classes: labels)
///     try evaluation.add(logits: row, label: 3, sample: 17)
///     print(evaluation.top1)
///
/// The confusion matrix holds only pairs that occurred, so memory grows with the photos and not
/// with the square of the classes.
public struct Evaluation: Hashable, Sendable {
  /// The classes, in the order of the logits.
  public let classes: [ClassLabel]
  /// The number of photos.
  public internal(set) var images = 0
  /// The relation between confidence and accuracy.
  public internal(set) var calibration = Calibration()
  /// The most confident mistakes, the worst first; at most ``mostMistakes``.
  public internal(set) var worst: [Outcome] = []
  var hits = 0
  var hitsAmongFive = 0
  var totalLoss = 0.0
  /// The number of photos of each pair of true and predicted class.
  var counts: [Pair: Int] = [:]

  struct Pair: Hashable {
    let truth: Int
    let prediction: Int
  }

  /// The prediction for a photo.
  public struct Outcome: Hashable, Sendable {
    /// The index of the photo in the dataset.
    public var sample: Int
    /// The index of the true class.
    public var label: Int
    /// The index of the predicted class.
    public var prediction: Int
    /// The probability of the predicted class.
    public var probability: Double

    /// Whether the predicted class is the true one.
    public var isRight: Bool { prediction == label }
  }

  /// The most mistakes that ``worst`` holds.
  public static let mostMistakes = 24

  /// Creates an evaluation of no photos.
  public init(classes: [ClassLabel]) { self.classes = classes }

  /// Adds a photo. The probabilities are `softmax(logits)` in double precision.
  ///
  /// - Parameters:
  ///   - logits: One logit per class. Of equal ones the first counts as the largest.
  ///   - label: The index of the true class.
  ///   - sample: The index of the photo in the dataset.
  ///   - precision: The number format in which the logits were computed, for the error.
  /// - Returns: The prediction for the photo.
  /// - Throws: ``EvaluationError`` if a logit is not finite; the photo is not added.
  /// - Precondition: There is one logit per class, and `label` is the index of a class.
  @discardableResult
  public mutating func add(
    logits: ArraySlice<Float>, label: Int, sample: Int, precision: Precision = .float32
  ) throws(EvaluationError) -> Outcome {
    require(
      logits.count == classes.count,
      "there are \(logits.count) logits; there must be one for each class, \(classes.count)")
    require(
      classes.indices ~= label,
      "label is \(label); it must be at least 0 and below \(classes.count)")
    let start = logits.startIndex
    let own = logits[start + label]
    var best = start
    var ahead = 0
    for (index, value) in zip(logits.indices, logits) {
      guard value.isFinite else {
        throw .notFinite(
          logit: value.isNaN ? "not a number" : "\(value)",
          className: classes[index - start].name, sample: sample, precision: precision)
      }
      if value > logits[best] { best = index }
      if value > own || (value == own && index < start + label) { ahead += 1 }
    }
    let largest = Double(logits[best])
    let sum = logits.reduce(0) { $0 + exp(Double($1) - largest) }
    let outcome = Outcome(
      sample: sample, label: label, prediction: best - start, probability: 1 / sum)
    images += 1
    totalLoss += largest - Double(own) + log(sum)
    if ahead == 0 { hits += 1 }
    if ahead < 5 { hitsAmongFive += 1 }
    counts[Pair(truth: label, prediction: outcome.prediction), default: 0] += 1
    calibration.add(confidence: outcome.probability, isRight: outcome.isRight)
    if !outcome.isRight { note(outcome) }
    return outcome
  }

  /// Inserts a mistake in order; of equal probabilities the earlier comes first.
  private mutating func note(_ mistake: Outcome) {
    let place = worst.firstIndex { $0.probability < mistake.probability } ?? worst.count
    guard place < Self.mostMistakes else { return }
    worst.insert(mistake, at: place)
    if worst.count > Self.mostMistakes { worst.removeLast() }
  }

  /// The share of photos whose best class is the true one; 0 without photos.
  public var top1: Double { share(hits) }

  /// The share of photos whose true class is among the five best; 0 without photos, 1 with five
  /// classes or fewer.
  public var top5: Double { share(hitsAmongFive) }

  /// The mean cross entropy, `−log p(label)`; 0 without photos.
  public var loss: Double { totalLoss / Double(max(images, 1)) }

  private func share(_ count: Int) -> Double { Double(count) / Double(max(images, 1)) }
}

/// Errors of an evaluation.
public enum EvaluationError: LibraryError {
  /// A logit, as text, is not finite. The network was computed in this number format.
  case notFinite(logit: String, className: String, sample: Int, precision: Precision)

  /// Always "notFinite".
  public var kind: String { "notFinite" }

  /// One line with the remedy.
  public var description: String {
    switch self {
    case .notFinite(let logit, let className, let sample, let precision):
      ("the logit of \(WeightsError.quoted(className)) is \(logit), for photo \(sample) of the "
        + "data; "
        + (precision == .float16
          ? "the largest number of fp16 is 65504: use bf16 or fp32"
          : "are the network's weights damaged?"))
        .oneLine
    }
  }
}
