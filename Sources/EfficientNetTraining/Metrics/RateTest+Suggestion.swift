internal import EfficientNetReports
internal import EfficientNetSystem

/// The interpretation of the curve.
extension RateTest {
  /// The fewest steps for a conclusion.
  public static let fewestPoints = 10

  /// The smoothed losses: symmetric weighted means, with weights that fall with the distance, so
  /// that the curve does not shift along the axis as with a running mean. The radius is 1/20 of the
  /// steps, at least 2.
  public var smoothed: [Double] {
    let reach = max(2, points.count / 20)
    return points.indices.map { index in
      var (sum, weights) = (0.0, 0.0)
      for neighbor in max(0, index - reach)...min(points.count - 1, index + reach) {
        let weight = Double(reach + 1 - abs(neighbor - index))
        sum += weight * points[neighbor].loss
        weights += weight
      }
      return sum / weights
    }
  }

  /// The point with the lowest smoothed loss; nil if there are too few points or the loss falls by
  /// less than 1 % before it.
  private var minimum: (index: Int, smoothed: [Double])? {
    let smoothed = smoothed
    guard smoothed.count >= Self.fewestPoints,
      let index = smoothed.indices.min(by: { smoothed[$0] < smoothed[$1] }),
      smoothed[index] < 0.99 * smoothed[0]
    else { return nil }
    return (index, smoothed)
  }

  /// The rate with the lowest smoothed loss; nil if the loss never falls.
  public var best: Double? { minimum.map { points[$0.index].rate } }

  /// Whether the loss was still falling at the end, so that higher rates are worth testing.
  public var endsFalling: Bool {
    minimum.map { $0.index >= points.count - 2 && !isDiverged } ?? false
  }

  /// The rate at which the smoothed loss falls fastest over the logarithm of the rate, before its
  /// minimum; nil if the loss never falls.
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

  /// The rate to train with: half of ``best``, at least the lowest tested rate; nil if the loss
  /// never falls.
  ///
  /// Two rules are common: a tenth of ``best``, and ``steepest``. In a curve of single batches the
  /// minimum is clear, but the slope is mostly noise, so ``best`` is used. The factor was measured
  /// with Lite0, fine-tuned for 4 epochs on 1,820 photos of CIFAR-10 at 96 pixels; top-1 on 180
  /// other photos, ± 3 %:
  ///
  ///     gradients    best     a tenth   a third   two thirds   best itself
  ///     clipped      0.034    68 %      74 %      78 %         79 %
  ///     not clipped  0.0029   67 %      76 %      76 %         70 %
  public var suggestion: Double? { best.map { max($0 / 2, points[0].rate) } }

  /// The conclusion in sentences.
  public var conclusion: String {
    guard let best, let suggestion else {
      return points.count < Self.fewestPoints
        ? "There are too few steps to suggest a rate; test more steps, or start from a lower rate."
        : "The loss never falls, so no rate is suggested; start from a lower rate, or look at the data."
    }
    let first =
      "The loss is lowest at a rate of \(best.significant(2)). The suggestion is half of it, "
      + suggestion.significant(2)
      + (isFromScratch
        ? ". From random weights, so short a test tends to suggest too low a rate, since the loss "
          + "falls only over many more steps: compare it with the recipe's own rate."
        : ", since over the many steps of a run the rate itself may be too high.")
    return endsFalling
      ? first + " It was still falling at the end of the test: test higher rates too." : first
  }
}
