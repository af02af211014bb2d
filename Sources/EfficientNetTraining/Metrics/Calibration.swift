/// How sure a network is of its answers, and how often it is right when it is that sure.
///
/// Source: Guo et al. 2017, [On calibration of modern neural networks](https://arxiv.org/abs/1706.04599).
public struct Calibration: Hashable, Sendable {
  /// Photos whose best class has a probability in one interval.
  public struct Bin: Hashable, Sendable {
    /// Photos.
    public var count = 0
    /// Those whose best class is right.
    public var right = 0
    /// The sum of the probabilities.
    public var confidence = 0.0
  }

  /// Fifteen intervals of equal width, from 0 to 1.
  public private(set) var bins = [Bin](repeating: Bin(), count: 15)

  /// None yet.
  public init() {}

  mutating func add(confidence: Double, isRight: Bool) {
    let index = min(bins.count - 1, max(0, Int(confidence * Double(bins.count))))
    bins[index].count += 1
    bins[index].confidence += confidence
    if isRight { bins[index].right += 1 }
  }

  /// The expected calibration error: the mean distance of confidence and accuracy, every interval by its photos.
  public var error: Double {
    let count = bins.reduce(0) { $0 + $1.count }
    return bins.reduce(0) { $0 + abs($1.confidence - Double($1.right)) } / Double(max(count, 1))
  }
}
