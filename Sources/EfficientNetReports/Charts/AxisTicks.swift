internal import EfficientNetSystem

package struct AxisTicks: Hashable {
  var range: ClosedRange<Double>
  /// The labelled values in the range, ascending.
  var values: [Double]
  var labels: [String]

  package enum Style: Hashable { case number, percent }

  /// Returns about `count` values with round steps (1, 2 or 5 times a power of ten). The range
  /// grows to whole steps unless `isExact`.
  ///
  /// - Parameters:
  ///   - range: The range to cover.
  ///   - count: The approximate number of values.
  ///   - style: The notation of labels.
  ///   - leastStep: The smallest step; 1 for counts.
  ///   - isExact: Whether the range of the axis is `range`.
  static func linear(
    _ range: ClosedRange<Double>, about count: Int, style: Style = .number, leastStep: Double = 0,
    isExact: Bool = false
  ) -> AxisTicks {
    let range = range.widened
    let raw = (range.upperBound - range.lowerBound) / Double(count)
    let power = pow(10, log10(raw).rounded(.down))
    let factor = [1.0, 2, 5, 10].first { $0 * power >= raw * 0.9999 } ?? 10
    let step = max(factor * power, leastStep)
    // If a step ends at the end of the range, a rounding error must not add another step.
    var first = (range.lowerBound / step + 1e-9).rounded(.down)
    var last = (range.upperBound / step - 1e-9).rounded(.up)
    if isExact {
      first = (range.lowerBound / step - 1e-9).rounded(.up)
      last = (range.upperBound / step + 1e-9).rounded(.down)
    }
    let values = stride(from: first, through: last, by: 1).map { $0 * step }
    let shown = style == .percent ? step * 100 : step
    let digits = max(0, -Int((log10(shown) + 1e-9).rounded(.down)))
    let isTiny = max(range.lowerBound.magnitude, range.upperBound.magnitude) < 1e-3
    let labels = values.map { value in
      switch style {
      case .percent: value.percent(digits)
      case .number: isTiny ? value.scientific(3) : value.fixed(digits)
      }
    }
    let ends = isExact ? range : first * step...last * step
    return AxisTicks(range: ends, values: values, labels: labels)
  }

  /// Returns a round number times powers of two. The range grows down to the round number.
  ///
  /// - Precondition: The range is above 0.
  static func doubling(_ range: ClosedRange<Double>) -> AxisTicks {
    precondition(range.lowerBound > 0, "a logarithmic axis from \(range.lowerBound)")
    let power = pow(10, log10(range.lowerBound).rounded(.down))
    let factor = [8.0, 6, 5, 4, 3, 2.5, 2, 1.5].first { $0 * power <= range.lowerBound * 1.0001 }
    let lower = (factor ?? 1) * power
    let upper = max(range.upperBound, 2 * lower)
    let values = (0..<64).map { lower * pow(2, Double($0)) }.filter { $0 <= upper * 1.001 }
    return AxisTicks(range: lower...upper, values: values, labels: values.map { $0.significant(3) })
  }

  /// Returns the powers of ten in the range, or every second or third of them if there are many. If
  /// the range spans less than 1.5 powers of ten, 2 and 5 times a power of ten are included. If
  /// that is less than two values, returns about five values with round steps.
  ///
  /// - Precondition: The range is above 0.
  static func logarithmic(_ range: ClosedRange<Double>) -> AxisTicks {
    precondition(range.lowerBound > 0, "a logarithmic axis from \(range.lowerBound)")
    let range =
      range.lowerBound < range.upperBound
      ? range : range.lowerBound / 2...range.upperBound * 2
    let (low, high) = (log10(range.lowerBound), log10(range.upperBound))
    let (first, last) = (Int((low + 1e-9).rounded(.down)), Int((high - 1e-9).rounded(.up)))
    let step = max(1, (last - first + 7) / 8)
    let factors: [Double] = high - low < 1.5 ? [1, 2, 5] : [1]
    let values = stride(from: first, through: last, by: step).flatMap { exponent in
      factors.map { $0 * pow(10, Double(exponent)) }
    }.filter { range.lowerBound * 0.999...range.upperBound * 1.001 ~= $0 }
    if values.count < 2 { return linear(range, about: 5, isExact: true) }
    return AxisTicks(
      range: range, values: values,
      labels: values.map { $0 < 0.009 ? $0.scientific(2) : $0.significant(2) })
  }
}

extension ClosedRange<Double> {
  /// The range, or a range around it if its width is negligible; 0 ... 1 for 0.
  fileprivate var widened: ClosedRange<Double> {
    let size = Swift.max(lowerBound.magnitude, upperBound.magnitude)
    guard upperBound - lowerBound <= size * 1e-9 else { return self }
    return size == 0 ? 0...1 : lowerBound - size / 2...upperBound + size / 2
  }
}
