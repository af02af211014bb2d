public import EfficientNet
internal import EfficientNetCompute

/// What a network said about labelled photos.
///
///     var evaluation = Evaluation(classes: labels)
///     try evaluation.add(logits: row, label: 3, sample: 17)
///     print(evaluation.top1)
///
/// Of the confusion matrix only pairs that happened are held, so that memory grows with the photos and not with the square of
/// the classes.
public struct Evaluation: Hashable, Sendable {
  /// The classes, in the order of the logits.
  public let classes: [ClassLabel]
  /// Photos.
  public internal(set) var images = 0
  /// How sure the network is, and how often it is right then.
  public internal(set) var calibration = Calibration()
  /// The most confident mistakes, the worst first; at most ``mostMistakes``.
  public internal(set) var worst: [Mistake] = []
  var hits = 0
  var hitsAmongFive = 0
  var totalLoss = 0.0
  /// How often each pair of true and predicted class happened.
  var counts: [Pair: Int] = [:]

  struct Pair: Hashable {
    let truth: Int
    let prediction: Int
  }

  /// A photo that was taken for something else.
  public struct Mistake: Hashable, Sendable {
    /// Its index in the dataset.
    public var sample: Int
    /// The true class.
    public var label: Int
    /// What the network said.
    public var prediction: Int
    /// How sure it was.
    public var probability: Double
  }

  /// The most mistakes that ``worst`` holds.
  public static let mostMistakes = 24

  /// An evaluation of no photos yet.
  public init(classes: [ClassLabel]) { self.classes = classes }

  /// Counts a photo. The probabilities are `softmax(logits)`, in double precision.
  ///
  /// - Parameters:
  ///   - logits: One for each class. Of equal ones the first counts as the larger.
  ///   - label: The true class.
  ///   - sample: The photo's index in its dataset.
  /// - Throws: ``EvaluationError`` if a logit is infinite or no number; the photo is then not counted.
  /// - Precondition: there is a logit for each class, and the label is one of the classes.
  public mutating func add(
    logits: ArraySlice<Float>, label: Int, sample: Int
  ) throws(EvaluationError) {
    precondition(
      logits.count == classes.count && classes.indices ~= label,
      "\(logits.count) logits and label \(label) for \(classes.count) classes")
    let start = logits.startIndex
    let own = logits[start + label]
    var best = start
    var ahead = 0
    for (index, value) in zip(logits.indices, logits) {
      guard value.isFinite else {
        throw .notFinite(
          logit: "\(value)", className: classes[index - start].name, sample: sample)
      }
      if value > logits[best] { best = index }
      if value > own || (value == own && index < start + label) { ahead += 1 }
    }
    let largest = Double(logits[best])
    let sum = logits.reduce(0) { $0 + exp(Double($1) - largest) }
    let (prediction, probability) = (best - start, 1 / sum)
    images += 1
    totalLoss += largest - Double(own) + log(sum)
    if ahead == 0 { hits += 1 }
    if ahead < 5 { hitsAmongFive += 1 }
    counts[Pair(truth: label, prediction: prediction), default: 0] += 1
    calibration.add(confidence: probability, isRight: prediction == label)
    if prediction != label {
      note(
        Mistake(sample: sample, label: label, prediction: prediction, probability: probability))
    }
  }

  /// Puts a mistake in its place; of equally sure ones the earlier is in front.
  private mutating func note(_ mistake: Mistake) {
    let place = worst.firstIndex { $0.probability < mistake.probability } ?? worst.count
    guard place < Self.mostMistakes else { return }
    worst.insert(mistake, at: place)
    if worst.count > Self.mostMistakes { worst.removeLast() }
  }

  /// Share of the photos whose best class is the true one; 0 of none.
  public var top1: Double { share(hits) }

  /// Share of the photos whose true class is among the five best; 0 of none, and 1 where there are five classes or fewer.
  public var top5: Double { share(hitsAmongFive) }

  /// The mean cross entropy, `−log p(label)`; 0 of none.
  public var loss: Double { totalLoss / Double(max(images, 1)) }

  private func share(_ count: Int) -> Double { Double(count) / Double(max(images, 1)) }
}

/// A network's answer that cannot be evaluated.
public enum EvaluationError: Error, Hashable, CustomStringConvertible {
  /// A logit, as text, that is infinite or no number.
  case notFinite(logit: String, className: String, sample: Int)

  /// One line with the remedy.
  public var description: String {
    switch self {
    case .notFinite(let logit, let className, let sample):
      ("the network says \(logit) for \(WeightsError.quoted(className)), photo \(sample) of the data; "
        + "its weights are damaged, or training went wrong: lower the learning rate").oneLine
    }
  }
}
