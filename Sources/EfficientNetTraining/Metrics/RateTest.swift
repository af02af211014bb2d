internal import EfficientNetSystem

/// A learning-rate range test: the loss of single steps while the rate rises.
///
///     var test = RateTest()
///     for rate in RateTest.rates(from: 1e-5, to: 1, steps: 100) where !test.isOver {
///       test.add(rate: rate, loss: step(rate))
///     }
///     print(test.suggestion)
///
/// Source: Smith 2017, [Cyclical learning rates](https://arxiv.org/abs/1506.01186), section 3.3.
public struct RateTest: Hashable, Sendable {
  /// One step of the test.
  public struct Point: Hashable, Encodable, Sendable {
    /// The learning rate of the step.
    public var rate: Double
    /// The loss of the batch, before the step.
    public var loss: Double
  }

  /// The steps with a finite loss, in order.
  public private(set) var points: [Point] = []
  /// Whether a loss was not finite, which ends the test.
  public private(set) var isDiverged = false
  /// Whether the network had random weights, from which ``suggestion`` tends to be too low: the
  /// loss falls only over many more steps.
  public var isFromScratch = false

  /// Creates a test without steps.
  public init() {}

  /// Returns rates from `first` to `last` with a constant ratio.
  ///
  /// - Precondition: The rates are above 0 and rise; there are at least two steps.
  public static func rates(from first: Double, to last: Double, steps: Int) -> [Double] {
    require(
      first > 0 && last > first && last.isFinite && steps >= 2,
      "the rates are from \(first) to \(last) in \(steps) steps; "
        + "they must be above 0, rise and be finite, in at least 2 steps")
    return (0..<steps).map { first * pow(last / first, Double($0) / Double(steps - 1)) }
  }

  /// Adds a step.
  ///
  /// - Parameters:
  ///   - rate: The learning rate of the step.
  ///   - loss: The loss of the batch, before the step.
  /// - Precondition: The rate is above the previous one, and the test has not diverged.
  public mutating func add(rate: Double, loss: Double) {
    require(!isDiverged, "the test has diverged and takes no more steps")
    require(
      rate > (points.last?.rate ?? 0) && rate.isFinite,
      "the rate is \(rate); it must be above \(points.last?.rate ?? 0) and finite")
    guard loss.isFinite else {
      isDiverged = true
      return
    }
    points.append(Point(rate: rate, loss: loss))
  }

  /// Whether further steps are useless: the loss is not finite, or the mean of the last five losses
  /// is four times the lowest such mean.
  public var isOver: Bool {
    guard !isDiverged else { return true }
    let width = 5
    guard points.count > width else { return false }
    var (sum, least) = (0.0, Double.infinity)
    for (index, point) in points.enumerated() {
      sum += point.loss
      if index >= width { sum -= points[index - width].loss }
      if index >= width - 1 { least = min(least, sum) }
    }
    return sum > 4 * max(least, 0)
  }
}
