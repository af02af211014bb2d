internal import EfficientNetSystem

/// A learning-rate range test: the loss while the rate rises, a step at each rate.
///
///     var test = RateTest()
///     for rate in RateTest.rates(from: 1e-5, to: 1, steps: 100) where !test.isOver {
///       test.add(rate: rate, loss: step(rate))
///     }
///     print(test.suggestion)
///
/// Source: Smith 2017, [Cyclical learning rates](https://arxiv.org/abs/1506.01186), section 3.3.
public struct RateTest: Hashable, Sendable {
  /// A step.
  public struct Point: Hashable, Encodable, Sendable {
    /// The learning rate of the step.
    public var rate: Double
    /// The loss of its batch, before the step.
    public var loss: Double
  }

  /// The steps whose loss was finite, in their order.
  public private(set) var points: [Point] = []
  /// Whether a loss was infinite or no number, which ends the test.
  public private(set) var isDiverged = false

  /// No steps yet.
  public init() {}

  /// Rates from one to another in equal ratios.
  ///
  /// - Precondition: the rates are above 0 and rise; there are two steps or more.
  public static func rates(from first: Double, to last: Double, steps: Int) -> [Double] {
    precondition(
      first > 0 && last > first && last.isFinite && steps >= 2,
      "rates from \(first) to \(last) in \(steps) steps")
    return (0..<steps).map { first * pow(last / first, Double($0) / Double(steps - 1)) }
  }

  /// Adds a step.
  ///
  /// - Precondition: the rate is above the one before, and the test has not diverged.
  public mutating func add(rate: Double, loss: Double) {
    precondition(!isDiverged, "a test that has diverged goes on")
    precondition(
      rate > (points.last?.rate ?? 0) && rate.isFinite,
      "a rate of \(rate) after \(points.last?.rate ?? 0)")
    guard loss.isFinite else {
      isDiverged = true
      return
    }
    points.append(Point(rate: rate, loss: loss))
  }

  /// Whether more steps would say nothing: the loss is no number, or the mean of the last five is four times the least
  /// such mean.
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
