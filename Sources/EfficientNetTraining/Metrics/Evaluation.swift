public import EfficientNet

#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif

/// What a network said about labelled photos.
///
///     var evaluation = Evaluation(classes: labels)
///     evaluation.add(logits: row, label: 3, sample: 17)
///     print(evaluation.top1)
public struct Evaluation: Sendable {
  /// The classes, in the order of the logits.
  public let classes: [ClassLabel]
  /// Photos.
  public private(set) var images = 0
  /// How sure the network is and how often it is right then.
  public private(set) var calibration = Calibration()
  /// The most confident mistakes, the worst first; at most 24.
  public private(set) var worst: [Mistake] = []
  private var correct = 0
  private var correctAmongFive = 0
  private var totalLoss = 0.0
  /// Counts of (truth, prediction), those that happened.
  private var counts: [Pair: Int] = [:]

  private struct Pair: Hashable {
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

  /// How often one class was taken for another, or for itself.
  public struct Confusion: Hashable, Sendable {
    /// The true class.
    public var truth: Int
    /// What the network said.
    public var prediction: Int
    /// How often.
    public var count: Int
  }

  private static let mostMistakes = 24

  /// An evaluation of no photos yet.
  public init(classes: [ClassLabel]) { self.classes = classes }

  /// Counts a photo.
  ///
  /// - Parameters:
  ///   - logits: One for each class. Of equal ones the first counts as the larger; what is no number is never right.
  ///   - label: The true class.
  ///   - sample: The photo's index in its dataset.
  public mutating func add(logits: ArraySlice<Float>, label: Int, sample: Int) {
    precondition(
      logits.count == classes.count && classes.indices ~= label,
      "\(logits.count) logits and label \(label) for \(classes.count) classes")
    let values = logits.map { $0.isNaN ? -Double.infinity : Double($0) }
    var best = 0
    for index in values.indices where values[index] > values[best] { best = index }
    let sum = values.reduce(0) { $0 + exp($1 - values[best]) }
    let probability = sum.isFinite ? 1 / sum : 0
    let own = values[label]
    let ahead = values.indices.reduce(0) {
      $0 + (values[$1] > own || (values[$1] == own && $1 < label) ? 1 : 0)
    }
    images += 1
    totalLoss += values[best] - own + log(sum)
    if best == label { correct += 1 }
    if ahead < min(5, classes.count) { correctAmongFive += 1 }
    counts[Pair(truth: label, prediction: best), default: 0] += 1
    calibration.add(confidence: probability, isRight: best == label)
    if best != label {
      note(Mistake(sample: sample, label: label, prediction: best, probability: probability))
    }
  }

  private mutating func note(_ mistake: Mistake) {
    let place = worst.firstIndex { $0.probability < mistake.probability } ?? worst.count
    worst.insert(mistake, at: place)
    if worst.count > Self.mostMistakes { worst.removeLast() }
  }

  /// Share of the photos whose best class is the true one; 0 of none.
  public var top1: Double { Double(correct) / Double(max(images, 1)) }

  /// Share of the photos whose true class is among the five best.
  public var top5: Double { Double(correctAmongFive) / Double(max(images, 1)) }

  /// The mean cross entropy.
  public var loss: Double { totalLoss / Double(max(images, 1)) }

  /// All pairs of true and predicted class that happened, in order.
  public var confusion: [Confusion] {
    counts.map { Confusion(truth: $0.key.truth, prediction: $0.key.prediction, count: $0.value) }
      .sorted { ($0.truth, $0.prediction) < ($1.truth, $1.prediction) }
  }

  /// Precision, recall and F1 of every class.
  public var perClass: [ClassScore] {
    var (truths, predictions, hits) = ([Int: Int](), [Int: Int](), [Int: Int]())
    for (pair, count) in counts {
      truths[pair.truth, default: 0] += count
      predictions[pair.prediction, default: 0] += count
      if pair.truth == pair.prediction { hits[pair.truth] = count }
    }
    return classes.indices.map { index in
      ClassScore(
        name: classes[index].name, hits: hits[index] ?? 0, predictions: predictions[index] ?? 0,
        count: truths[index] ?? 0)
    }
  }
}

/// How well one class is recognised.
public struct ClassScore: Hashable, Sendable, Encodable {
  /// The class.
  public var name: String
  /// Share of the photos said to be of the class that are; nil if none was.
  public var precision: Double?
  /// Share of the photos of the class that were said to be; nil if there are none.
  public var recall: Double?
  /// `2 · precision · recall / (precision + recall)`; nil if neither is there.
  public var f1: Double?
  /// Photos of the class.
  public var count: Int

  init(name: String, hits: Int, predictions: Int, count: Int) {
    (self.name, self.count) = (name, count)
    precision = predictions == 0 ? nil : Double(hits) / Double(predictions)
    recall = count == 0 ? nil : Double(hits) / Double(count)
    f1 = predictions + count == 0 ? nil : 2 * Double(hits) / Double(predictions + count)
  }

  private enum CodingKeys: String, CodingKey { case name, precision, recall, f1, count }

  /// Encodes what is undefined as null.
  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: CodingKeys.self)
    try fields.encode(name, forKey: .name)
    try fields.encode(precision, forKey: .precision)
    try fields.encode(recall, forKey: .recall)
    try fields.encode(f1, forKey: .f1)
    try fields.encode(count, forKey: .count)
  }
}
