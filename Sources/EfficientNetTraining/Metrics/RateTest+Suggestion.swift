internal import EfficientNetReports
internal import EfficientNetSystem

/// Where on the curve a good learning rate is.
extension RateTest {
  /// The fewest steps from which something is concluded.
  public static let fewestPoints = 10

  /// The losses as means over their neighbours on both sides, with weights that fall with the distance, so that nothing moves
  /// along the axis, as it would by a running mean. The reach is 1/20 of the steps, at least 2.
  public var smoothed: [Double] {
    let reach = max(2, points.count / 20)
    return points.indices.map { index in
      var (sum, weights) = (0.0, 0.0)
      for neighbour in max(0, index - reach)...min(points.count - 1, index + reach) {
        let weight = Double(reach + 1 - abs(neighbour - index))
        sum += weight * points[neighbour].loss
        weights += weight
      }
      return sum / weights
    }
  }

  /// The point of the least smoothed loss, if the test has points enough and the loss falls by a hundredth or more until there.
  private var minimum: (index: Int, smoothed: [Double])? {
    let smoothed = smoothed
    guard smoothed.count >= Self.fewestPoints,
      let index = smoothed.indices.min(by: { smoothed[$0] < smoothed[$1] }),
      smoothed[index] < 0.99 * smoothed[0]
    else { return nil }
    return (index, smoothed)
  }

  /// The rate at which the smoothed loss is least; nil if it never falls.
  public var best: Double? { minimum.map { points[$0.index].rate } }

  /// Whether the loss was still falling at the end, so that higher rates should be tried too.
  public var endsFalling: Bool {
    minimum.map { $0.index >= points.count - 2 && !isDiverged } ?? false
  }

  /// The rate at which the smoothed loss falls fastest by the logarithm of the rate, before its minimum; nil if it never falls.
  public var steepest: Double? {
    guard let (last, smoothed) = minimum else { return nil }
    var (place, least) = (0, 0.0)
    for index in 1..<points.count - 1 where index <= last {
      let slope =
        (smoothed[index + 1] - smoothed[index - 1])
        / log(points[index + 1].rate / points[index - 1].rate)
      if slope < least { (place, least) = (index, slope) }
    }
    return least < 0 ? points[place].rate : nil
  }

  /// The rate to train with: half of ``best``, and no less than the lowest that was tried; nil if the loss never falls.
  ///
  /// Two rules are in use, a tenth of ``best`` and ``steepest``. Where the loss begins to rise is plain to see in a curve of
  /// single batches, while its slope is mostly noise: so ``best`` counts. What leaves room for the many steps of a run was
  /// measured on Lite0, fine-tuned for 4 epochs on 1,820 photos of CIFAR-10 at 96 pixels; top-1 on 180 others, give or take 3 %:
  ///
  ///     gradients    best     a tenth   a third   two thirds   best itself
  ///     clipped      0.034    68 %      74 %      78 %         79 %
  ///     as they are  0.0029   67 %      76 %      76 %         70 %
  public var suggestion: Double? { best.map { max($0 / 2, points[0].rate) } }

  /// What the test says, for people: a sentence or two.
  public var conclusion: String {
    guard let best, let suggestion else {
      return points.count < Self.fewestPoints
        ? "There are too few steps to suggest a rate; test with more of them, or from a lower rate on."
        : "The loss falls nowhere, so no rate is suggested; test from a lower rate on, or look at the data."
    }
    let first =
      "The loss is least at a rate of \(best.significant(2)); half of it, \(suggestion.significant(2)), leaves room for the many steps of a run."
    return endsFalling
      ? first + " It was still falling at the end of the test: try higher rates too." : first
  }
}
