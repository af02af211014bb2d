internal import EfficientNetReports

extension Calibration {
  private static let plot = (left: 50.0, top: 54.0, right: 396.0, bottom: 180.0)
  private static let counts = (top: 190.0, bottom: 222.0)

  /// A reliability diagram as SVG.
  ///
  /// Each interval of confidence has a bar up to the accuracy or the mean confidence, whichever is
  /// lower; a second color shows the difference. Bars below show the number of photos.
  var diagram: HTML {
    """
    <svg class="chart" viewBox="0 0 \(number: Chart.size.width) \(number: Chart.size.height)" role="img" \
    aria-label="Reliability"><text class="title" x="12" y="20">Reliability</text>\(legend)\(grid)\(bars)\
    <line class="mark" x1="\(number: x(0))" y1="\(number: y(0))" x2="\(number: x(1))" y2="\(number: y(1))"/></svg>
    """
  }

  private func x(_ share: Double) -> Double {
    Self.plot.left + (Self.plot.right - Self.plot.left) * share
  }

  private func y(_ share: Double) -> Double {
    Self.plot.bottom - (Self.plot.bottom - Self.plot.top) * share
  }

  private var legend: HTML {
    """
    <rect class="hit" x="12" y="30" width="14" height="11"/><text x="32" y="40">right</text>\
    <rect class="sure" x="82" y="30" width="14" height="11"/><text x="102" y="40">overconfident</text>\
    <rect class="unsure" x="202" y="30" width="14" height="11"/><text x="222" y="40">underconfident</text>\
    <rect class="count" x="332" y="30" width="14" height="11"/><text x="352" y="40">photos</text>
    """
  }

  private var grid: HTML {
    var result = HTML()
    for share in stride(from: 0.0, through: 1, by: 0.25) {
      result += """
        <line class="grid" x1="\(number: x(0))" x2="\(number: x(1))" y1="\(number: y(share))" y2="\(number: y(share))"/>\
        <text x="\(number: x(0) - 7)" y="\(number: y(share) + 4)" text-anchor="end">\(share.percent(0))</text>\
        <text x="\(number: x(share))" y="\(number: Self.counts.bottom + 17)" text-anchor="middle">\(share.percent(0))</text>
        """
    }
    result += """
      <line class="axis" x1="\(number: x(0))" x2="\(number: x(1))" y1="\(number: Self.counts.bottom)" \
      y2="\(number: Self.counts.bottom)"/><text x="\(number: x(0.5))" y="\(number: Self.counts.bottom + 34)" \
      text-anchor="middle">confidence</text>
      """
    return result
  }

  private var bars: HTML {
    var result = HTML()
    let width = 1 / Double(bins.count)
    let most = Double(max(1, bins.reduce(0) { max($0, $1.count) }))
    for (index, bin) in bins.enumerated() {
      guard let accuracy = bin.accuracy, let confidence = bin.confidence else { continue }
      let height = (Self.counts.bottom - Self.counts.top) * Double(bin.count) / most
      func rectangle(_ style: HTML, _ top: Double, _ bottom: Double) -> HTML {
        """
        <rect class="\(style)" x="\(number: x(Double(index) * width) + 1)" y="\(number: top)" \
        width="\(number: x(width) - x(0) - 2)" height="\(number: bottom - top)"/>
        """
      }
      let (low, high) = (min(accuracy, confidence), max(accuracy, confidence))
      result += rectangle("hit", y(low), y(0))
      result += rectangle(confidence > accuracy ? "sure" : "unsure", y(high), y(low))
      result += rectangle("count", Self.counts.bottom - height, Self.counts.bottom)
    }
    return result
  }

  var sentence: HTML {
    let count = Double(max(1, bins.reduce(0) { $0 + $1.count }))
    let surplus = bins.reduce(0) { $0 + $1.total - Double($1.hits) } / count
    let side = surplus > 0 ? "overconfident" : "underconfident"
    return """
      <p>Expected calibration error \(error.percent()): the mean difference between confidence and accuracy, over \
      \(bins.count) intervals. On average the network is \(side) by \(surplus.magnitude.percent()). \
      On the dashed line, confidence equals accuracy.</p>\n
      """
  }
}
