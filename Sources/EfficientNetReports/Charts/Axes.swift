internal import EfficientNetSystem

/// The two axes of a chart, which map its units to coordinates in the picture.
struct Axes {
  let x: AxisTicks
  let y: AxisTicks
  private let isLogarithmic: Bool
  private let plot: (left: Double, top: Double, right: Double, bottom: Double)

  /// Creates axes that contain all points of a chart, except those above its limit.
  init(_ chart: Chart, plot: (left: Double, top: Double, right: Double, bottom: Double)) {
    self.plot = plot
    isLogarithmic = chart.xScale != .linear
    let points = chart.lines.flatMap(\.points).filter(\.isDrawn)
    let heights =
      (points.flatMap { [$0.y - $0.spread, $0.y + $0.spread] } + chart.yIncludes).map {
        min($0, chart.yLimit ?? .infinity)
      }
    let xRange = Self.range(points.map(\.x)) ?? 1...1
    x =
      switch chart.xScale {
      case .logarithmic: .logarithmic(xRange)
      case .doubling: .doubling(xRange)
      case .linear:
        .linear(
          xRange, about: 6, leastStep: points.allSatisfy { $0.x == $0.x.rounded() } ? 1 : 0,
          isExact: true)
      }
    y = .linear(Self.range(heights) ?? 0...1, about: 5, style: chart.yStyle)
  }

  private static func range(_ values: [Double]) -> ClosedRange<Double>? {
    guard let low = values.min(), let high = values.max() else { return nil }
    return low...high
  }

  func place(x value: Double) -> Double {
    let (low, high) = (x.range.lowerBound, x.range.upperBound)
    let share = isLogarithmic ? log(value / low) / log(high / low) : (value - low) / (high - low)
    return plot.left + (plot.right - plot.left) * share
  }

  /// Returns the vertical coordinate of a value. Values far outside the axis map to a place just
  /// outside.
  func place(y value: Double) -> Double {
    let (low, high) = (y.range.lowerBound, y.range.upperBound)
    let share = min(max((value - low) / (high - low), -1), 2)
    return plot.bottom - (plot.bottom - plot.top) * share
  }

  /// Returns the grid, the numbers and the name of the horizontal axis.
  func markup(xLabel: String) -> HTML {
    var result = HTML()
    for (value, label) in zip(y.values, y.labels) {
      let place = place(y: value)
      result += """
        <line class="grid" x1="\(number: plot.left)" x2="\(number: plot.right)" y1="\(number: place)" y2="\(number: place)"/>\
        <text x="\(number: plot.left - 7)" y="\(number: place + 4)" text-anchor="end">\(label)</text>
        """
    }
    for (value, label) in zip(x.values, x.labels) {
      let place = place(x: value)
      // A centered label at the end of the axis would leave the picture.
      let anchor: HTML = place > plot.right - 10 ? "end" : "middle"
      result += """
        <line class="axis" x1="\(number: place)" x2="\(number: place)" y1="\(number: plot.bottom)" y2="\(number: plot.bottom + 4)"/>\
        <text x="\(number: place)" y="\(number: plot.bottom + 17)" text-anchor="\(anchor)">\(label)</text>
        """
    }
    result += """
      <line class="axis" x1="\(number: plot.left)" x2="\(number: plot.right)" y1="\(number: plot.bottom)" y2="\(number: plot.bottom)"/>\
      <text x="\(number: (plot.left + plot.right) / 2)" y="\(number: plot.bottom + 34)" text-anchor="middle">\(xLabel)</text>
      """
    return result
  }
}

extension HTML.StringInterpolation {
  /// Appends a coordinate, rounded to a tenth.
  package mutating func appendInterpolation(number: Double) {
    let tenths = Int((number * 10).rounded())
    let (whole, rest) = (tenths.magnitude / 10, tenths.magnitude % 10)
    appendLiteral("\(tenths < 0 ? "-" : "")\(whole)\(rest == 0 ? "" : ".\(rest)")")
  }
}
