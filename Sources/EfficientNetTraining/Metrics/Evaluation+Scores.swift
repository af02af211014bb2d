internal import EfficientNet

extension Evaluation {
  /// How often one class was taken for another, or for itself.
  public struct Confusion: Hashable, Sendable {
    /// The true class.
    public var truth: Int
    /// What the network said.
    public var prediction: Int
    /// How often.
    public var count: Int
  }

  /// All pairs of true and predicted class that happened, by truth and then prediction.
  public var confusion: [Confusion] {
    counts.map { Confusion(truth: $0.key.truth, prediction: $0.key.prediction, count: $0.value) }
      .sorted { ($0.truth, $0.prediction) < ($1.truth, $1.prediction) }
  }

  /// The pairs of different classes that were confused most often, at most so many; of equal ones the first in the order of
  /// the classes.
  public func mostConfused(_ limit: Int) -> [Confusion] {
    let mistakes = confusion.filter { $0.truth != $0.prediction }
    return Array(
      mistakes.sorted {
        ($1.count, $0.truth, $0.prediction) < ($0.count, $1.truth, $1.prediction)
      }.prefix(limit))
  }

  /// Precision, recall and F1 of every class, in the order of the classes.
  public var perClass: [ClassScore] {
    var truths = [Int](repeating: 0, count: classes.count)
    var (predictions, hits) = (truths, truths)
    for (pair, count) in counts {
      truths[pair.truth] += count
      predictions[pair.prediction] += count
      if pair.truth == pair.prediction { hits[pair.truth] = count }
    }
    return classes.indices.map {
      ClassScore(
        name: classes[$0].name, hits: hits[$0], predictions: predictions[$0], count: truths[$0])
    }
  }

  /// The means of precision, recall and F1 over the classes that have photos, all counting the same; nil without photos.
  ///
  /// The precision of a class that the network never says counts as 0, as in scikit-learn: otherwise a network that always
  /// says the same would be better than it is.
  public var macro: MeanScore? {
    let scores = perClass.filter { $0.count > 0 }
    guard !scores.isEmpty else { return nil }
    func mean(_ value: (ClassScore) -> Double?) -> Double {
      scores.reduce(0) { $0 + (value($1) ?? 0) } / Double(scores.count)
    }
    return MeanScore(precision: mean(\.precision), recall: mean(\.recall), f1: mean(\.f1))
  }
}

/// How well one class is recognised; what is undefined is null in JSON.
public struct ClassScore: Hashable, Sendable, Encodable {
  /// The class.
  public var name: String
  /// Share of the photos said to be of the class that are; nil if none was.
  @NullIfNil public var precision: Double?
  /// Share of the photos of the class that were said to be; nil if there are none.
  @NullIfNil public var recall: Double?
  /// The harmonic mean of both, `2 · hits / (predictions + photos)`; nil if there are neither predictions nor photos.
  @NullIfNil public var f1: Double?
  /// Photos of the class.
  public var count: Int

  init(name: String, hits: Int, predictions: Int, count: Int) {
    (self.name, self.count) = (name, count)
    precision = predictions == 0 ? nil : Double(hits) / Double(predictions)
    recall = count == 0 ? nil : Double(hits) / Double(count)
    f1 = predictions + count == 0 ? nil : 2 * Double(hits) / Double(predictions + count)
  }
}

/// The means of ``ClassScore`` over classes.
public struct MeanScore: Hashable, Encodable, Sendable {
  /// Of the precisions.
  public var precision: Double
  /// Of the recalls.
  public var recall: Double
  /// Of the F1 scores.
  public var f1: Double
}
