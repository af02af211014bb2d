/// A line chart as SVG.
///
///     var chart = Chart(title: "Loss", xLabel: "epoch")
///     chart.lines = [Chart.Line("training", points, .training)]
///     page += chart.svg
///
/// Colors, fonts and line widths come from the style sheet (`ReportStyle`), so that a chart
/// follows the page into dark mode. A separate file always has the light colors.
package struct Chart: Hashable, Sendable {
  /// A point in the units of the axes.
  package struct Point: Hashable, Sendable {
    package var x: Double
    package var y: Double
    /// Half the length of the vertical bar through the point; 0 for no bar.
    package var spread: Double

    package init(_ x: Double, _ y: Double, spread: Double = 0) {
      (self.x, self.y, self.spread) = (x, y, spread)
    }

    /// Whether the point can be drawn: a loss of 1e300 is as meaningless as NaN.
    var isDrawn: Bool { x.magnitude < 1e15 && y.magnitude < 1e15 }
  }

  package struct Line: Hashable, Sendable {
    /// The name in the legend; an empty name has no entry.
    package var name: String
    /// The points by ascending x; points that cannot be drawn leave a gap.
    package var points: [Point]
    package var style: Style

    /// The curve's class in the style sheet.
    package enum Style: String, Hashable, Sendable {
      case training, validation, other, fourth, fifth, faint
    }

    package init(_ name: String, _ points: [Point], _ style: Style) {
      (self.name, self.points, self.style) = (name, points, style)
    }
  }

  /// A vertical line with a label at one x.
  package struct Mark: Hashable, Sendable {
    package var x: Double
    package var label: String
    package var isMain: Bool

    package init(x: Double, label: String, isMain: Bool = true) {
      (self.x, self.label, self.isMain) = (x, label, isMain)
    }
  }

  package enum Scale: Hashable, Sendable {
    /// A linear axis, with whole numbers only if all points have whole numbers.
    case linear
    /// A logarithmic axis with powers of ten.
    case logarithmic
    /// A logarithmic axis with powers of two, for values that double.
    case doubling
  }

  package var title: String
  package var xLabel: String
  package var xScale = Scale.linear
  package var yStyle = AxisTicks.Style.number
  /// Values that the y axis must include.
  package var yIncludes: [Double] = []
  /// The upper limit of the y axis; higher values leave the chart at its top, which says so. Nil for
  /// no limit.
  package var yLimit: Double?
  package var lines: [Line] = []
  package var marks: [Mark] = []

  package init(title: String, xLabel: String) { (self.title, self.xLabel) = (title, xLabel) }

  /// Limits the y axis, so that much higher values do not flatten the rest of the curves: half as far
  /// above `usual` as `least` is below it.
  package mutating func cutOffPeaks(above usual: Double, least: Double) {
    yLimit = usual + 0.5 * max(usual - least, 0.1 * usual)
  }

  /// Adds independent points, without a line between them.
  package mutating func addPoints(_ name: String, _ points: [Point?], _ style: Line.Style) {
    for (index, point) in points.compactMap(\.self).filter(\.isDrawn).enumerated() {
      lines.append(Line(index == 0 ? name : "", [point], style))
    }
  }

  /// The size of the chart in its own units; the page scales it.
  package static let size = (width: 420.0, height: 266.0)
  /// The largest number of points drawn of a line.
  private static let mostPoints = 600
  /// The largest number of points of a line that also have circles.
  private static let mostCircles = 20
  private static let plot = (left: 56.0, top: 66.0, right: 408.0, bottom: 226.0)

  package var svg: HTML {
    """
    <svg class="chart" viewBox="0 0 \(number: Self.size.width) \(number: Self.size.height)" role="img" \
    aria-label="\(title)">\(content)</svg>
    """
  }

  package var file: HTML {
    let (width, height): (HTML, HTML) = (
      "\(number: Self.size.width)", "\(number: Self.size.height)"
    )
    return """
      <svg xmlns="http://www.w3.org/2000/svg" class="chart" viewBox="0 0 \(width) \(height)" width="\(width)" \
      height="\(height)" role="img" aria-label="\(title)"><style>\(ReportStyle.chartFile)</style>
      <rect class="ground" width="\(width)" height="\(height)"/>\(content)</svg>\n
      """
  }

  /// The contents of the picture's frame.
  private var content: HTML {
    var result: HTML = "<text class=\"title\" x=\"12\" y=\"20\">\(title)</text>\(legend)"
    let axes = Axes(self, plot: Self.plot)
    result += axes.markup(xLabel: xLabel)
    let highest = lines.flatMap(\.points).filter(\.isDrawn).map(\.y).max() ?? 0
    if yLimit != nil, highest > axes.y.range.upperBound {
      result += """
        <text x="\(number: Self.plot.right)" y="20" text-anchor="end">\
        higher values cut off, up to \(highest.significant())</text>
        """
    }
    result += curves(axes)
    for mark in marks where axes.x.range.contains(mark.x) { result += drawn(mark, axes) }
    return result
  }

  /// The names of the lines beside samples of them, from left to right, in two rows if necessary.
  /// A sample looks like its line: a stroke, circles or both. A line that is not drawn has none.
  private var legend: HTML {
    var (result, x, y) = (HTML(), 12.0, 36.0)
    for line in lines where !line.name.isEmpty && line.points.contains(where: \.isDrawn) {
      let (style, count) = (line.style.rawValue, line.points.count)
      let width = 44 + 7 * Double(line.name.count)
      if x > 12, x + width > Self.plot.right + 20 { (x, y) = (12, y + 16) }
      if count > 1 {
        result += """
          <line class="\(style)" x1="\(number: x)" x2="\(number: x + 20)" y1="\(number: y)" y2="\(number: y)"/>
          """
      }
      if count <= Self.mostCircles {
        result += """
          <circle class="\(style)" cx="\(number: x + 10)" cy="\(number: y)" r="2.5"/>
          """
      }
      result += "<text x=\"\(number: x + 26)\" y=\"\(number: y + 4)\">\(line.name)</text>"
      x += width
    }
    return result
  }

  /// Returns the lines, clipped at the edge of the plot.
  private func curves(_ axes: Axes) -> HTML {
    let (plot, margin) = (Self.plot, 4.0)
    var result: HTML = """
      <svg x="\(number: plot.left - margin)" y="\(number: plot.top - margin)" \
      width="\(number: plot.right - plot.left + 2 * margin)" height="\(number: plot.bottom - plot.top + 2 * margin)" \
      viewBox="\(number: plot.left - margin) \(number: plot.top - margin) \
      \(number: plot.right - plot.left + 2 * margin) \(number: plot.bottom - plot.top + 2 * margin)">
      """
    for line in lines {
      let points = Self.thinned(line.points)
      result += "<path class=\"\(line.style.rawValue)\" d=\"\(Self.path(points, axes))\"/>"
      // A single point has no line, so draw circles if there are few points.
      guard points.count <= Self.mostCircles else { continue }
      for point in points where point.isDrawn {
        if point.spread > 0 {
          let x = axes.place(x: point.x)
          result += """
            <line class="\(line.style.rawValue) spread" x1="\(number: x)" x2="\(number: x)" \
            y1="\(number: axes.place(y: point.y - point.spread))" y2="\(number: axes.place(y: point.y + point.spread))"/>
            """
        }
        result += """
          <circle class="\(line.style.rawValue)" cx="\(number: axes.place(x: point.x))" cy="\(number: axes.place(y: point.y))" \
          r="2.5"/>
          """
      }
    }
    result += "</svg>"
    return result
  }

  private static func path(_ points: [Point], _ axes: Axes) -> HTML {
    var (result, isDrawing) = (HTML(), false)
    for point in points {
      guard point.isDrawn else {
        isDrawing = false
        continue
      }
      result +=
        "\(isDrawing ? "L" : "M")\(number: axes.place(x: point.x)) \(number: axes.place(y: point.y))"
      isDrawing = true
    }
    return result
  }

  /// Returns at most ``mostPoints`` of the points: the lowest and highest of each section, so that
  /// every peak remains.
  private static func thinned(_ points: [Point]) -> [Point] {
    guard points.count > mostPoints else { return points }
    let stretches = mostPoints / 2
    return (0..<stretches).flatMap { number -> [Point] in
      let stretch =
        points[number * points.count / stretches..<(number + 1) * points.count / stretches]
      guard let low = stretch.indices.min(by: { stretch[$0].y < stretch[$1].y }),
        let high = stretch.indices.max(by: { stretch[$0].y < stretch[$1].y })
      else { return [] }
      return low == high ? [points[low]] : [points[min(low, high)], points[max(low, high)]]
    }
  }

  /// Returns a mark with its label: above the plot for the main mark, otherwise inside, on the side
  /// without another mark.
  private func drawn(_ mark: Mark, _ axes: Axes) -> HTML {
    let (plot, x, room) = (Self.plot, axes.place(x: mark.x), 130.0)
    let prefersLeft =
      if let other = marks.first(where: { $0 != mark }) {
        mark.x < other.x
      } else {
        x > (plot.left + plot.right) / 2
      }
    let isLeft = x > plot.right - room || (x > plot.left + room && prefersLeft)
    let y = mark.isMain ? plot.top - 6 : plot.top + 14
    let style: HTML = mark.isMain ? "mark" : "mark minor"
    return """
      <line class="\(style)" x1="\(number: x)" x2="\(number: x)" y1="\(number: plot.top - 4)" y2="\(number: plot.bottom)"/>\
      <text class="\(style)" x="\(number: isLeft ? x - 6 : x + 6)" y="\(number: y)" \
      text-anchor="\(isLeft ? "end" : "start")">\(mark.label)</text>
      """
  }
}
