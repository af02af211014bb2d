/// The relation between the confidence of a network and its accuracy.
///
/// Source: Guo et al. 2017,
/// [On calibration of modern neural networks](https://arxiv.org/abs/1706.04599), section 2.
public struct Calibration: Hashable, Sendable {
  /// The photos whose best class has a probability in one interval.
  public struct Bin: Hashable, Sendable {
    /// The number of photos.
    public internal(set) var count = 0
    /// The number of photos whose best class is right.
    public internal(set) var hits = 0
    /// The sum of the probabilities.
    public internal(set) var total = 0.0

    /// The mean probability; nil without photos.
    public var confidence: Double? { count == 0 ? nil : total / Double(count) }
    /// The share of photos whose best class is right; nil without photos.
    public var accuracy: Double? { count == 0 ? nil : Double(hits) / Double(count) }
  }

  /// The number of intervals, which have equal width from 0 to 1.
  public static let binCount = 15
  /// The intervals: interval `i` has the probabilities `i / 15 < probability <= (i + 1) / 15`.
  public internal(set) var bins = [Bin](repeating: Bin(), count: Calibration.binCount)

  /// Creates a calibration of no photos.
  public init() {}

  mutating func add(confidence: Double, isRight: Bool) {
    let place = Int((confidence * Double(Self.binCount)).rounded(.up)) - 1
    let index = min(max(place, 0), Self.binCount - 1)
    bins[index].count += 1
    bins[index].total += confidence
    if isRight { bins[index].hits += 1 }
  }

  /// The expected calibration error: `Σ_bins (count / photos) · |accuracy − confidence|`; 0 without
  /// photos.
  public var error: Double {
    let count = bins.reduce(0) { $0 + $1.count }
    return bins.reduce(0) { $0 + abs($1.total - Double($1.hits)) } / Double(max(count, 1))
  }
}
