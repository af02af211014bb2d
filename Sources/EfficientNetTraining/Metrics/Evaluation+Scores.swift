internal import EfficientNet

extension Evaluation {
  /// The number of photos of one class that were classified as one class.
  public struct Confusion: Hashable, Sendable {
    /// The index of the true class.
    public var truth: Int
    /// The index of the predicted class.
    public var prediction: Int
    /// The number of photos.
    public var count: Int
  }

  /// All pairs of true and predicted class that occurred, sorted by truth, then by prediction.
  public var confusion: [Confusion] {
    counts.map { Confusion(truth: $0.key.truth, prediction: $0.key.prediction, count: $0.value) }
      .sorted { ($0.truth, $0.prediction) < ($1.truth, $1.prediction) }
  }

  /// Returns the most frequent pairs of different classes, at most `limit`; equal ones in the order
  /// of the classes.
  public func mostConfused(_ limit: Int) -> [Confusion] {
    let mistakes = confusion.filter { $0.truth != $0.prediction }
    return Array(
      mistakes.sorted {
        ($1.count, $0.truth, $0.prediction) < ($0.count, $1.truth, $1.prediction)
      }.prefix(limit))
  }

  /// The precision, recall and F1 of each class, in the order of the classes.
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

  /// The means of precision, recall and F1 over the classes with photos, each with equal weight;
  /// nil without photos.
  ///
  /// A class that the network never predicts has the precision 0, as in scikit-learn: otherwise a
  /// network that always predicts the same class would score too high.
  public var macro: MeanScore? {
    let scores = perClass.filter { $0.count > 0 }
    guard !scores.isEmpty else { return nil }
    func mean(_ value: (ClassScore) -> Double?) -> Double {
      scores.reduce(0) { $0 + (value($1) ?? 0) } / Double(scores.count)
    }
    return MeanScore(precision: mean(\.precision), recall: mean(\.recall), f1: mean(\.f1))
  }
}

/// The scores of one class; undefined ones are null in JSON.
public struct ClassScore: Hashable, Sendable, Encodable {
  /// The name of the class.
  public var name: String
  /// The share of photos classified as the class that are of the class; nil if none were.
  @NullIfNil public var precision: Double?
  /// The share of photos of the class that were classified as the class; nil without photos.
  @NullIfNil public var recall: Double?
  /// The harmonic mean of precision and recall, `2 · hits / (predictions + photos)`; nil without
  /// predictions and photos.
  @NullIfNil public var f1: Double?
  /// The number of photos of the class.
  public var count: Int
  /// The number of photos that were classified as the class.
  public var predictions: Int
  /// The number of photos of the class that were classified as the class.
  public var hits: Int

  init(name: String, hits: Int, predictions: Int, count: Int) {
    (self.name, self.count, self.predictions, self.hits) = (name, count, predictions, hits)
    precision = predictions == 0 ? nil : Double(hits) / Double(predictions)
    recall = count == 0 ? nil : Double(hits) / Double(count)
    f1 = predictions + count == 0 ? nil : 2 * Double(hits) / Double(predictions + count)
  }
}

/// The means of ``ClassScore`` over classes.
public struct MeanScore: Hashable, Encodable, Sendable {
  /// The mean of the precisions.
  public var precision: Double
  /// The mean of the recalls.
  public var recall: Double
  /// The mean of the F1 scores.
  public var f1: Double
}
