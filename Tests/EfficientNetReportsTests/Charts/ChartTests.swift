import EfficientNetTestSupport
import Testing

@testable import EfficientNetReports

@Suite("Charts")
struct ChartTests {
  private func chart(_ values: [Double], limit: Double? = nil) -> Chart {
    var chart = Chart(title: "Loss & more", xLabel: "epoch")
    chart.lines = [
      Chart.Line(
        "a", values.enumerated().map { Chart.Point(Double($0.offset + 1), $0.element) }, .training)
    ]
    chart.yLimit = limit
    return chart
  }

  private func paths(_ chart: Chart) -> [String] {
    MarkupChecker(chart.svg.markup).attributes.filter { $0.name == "d" }.map(\.value)
  }

  @Test("points are drawn at the axes' coordinates")
  func places() {
    // The axis of 0...4 goes from 226 up to 66, that of 1...3 from 56 to 408.
    #expect(paths(chart([0, 4, 2])) == ["M56 226L232 66L408 146"])
  }

  @Test("an axis has whole numbers only if its points have")
  func fractions() {
    var chart = chart([1, 2])
    #expect(Axes(chart, plot: (0, 0, 1, 1)).x.labels == ["1", "2"])
    chart.lines[0].points = [Chart.Point(1.09, 1), Chart.Point(1.27, 2)]
    #expect(Axes(chart, plot: (0, 0, 1, 1)).x.labels == ["1.10", "1.15", "1.20", "1.25"])
  }

  @Test("a value that cannot be drawn leaves a gap")
  func gaps() {
    #expect(paths(chart([0, 4, .nan, 2, 1e300, 4])) == ["M56 226L126.4 66M267.2 146M408 66"])
    for values in [[], [.nan], [1], [0, 0], [-1, -1], [1e14, -1e14]] {
      let checker = MarkupChecker(chart(values).svg.markup)
      #expect(checker.complaints.isEmpty)
      #expect(!checker.attributes.contains { $0.value.contains("nan") || $0.value.contains("inf") })
    }
  }

  @Test("a limit keeps the axis low")
  func limit() {
    let free = Axes(chart([1, 2, 100]), plot: (0, 0, 1, 1))
    let limited = Axes(chart([1, 2, 100], limit: 2.5), plot: (0, 0, 1, 1))
    #expect(free.y.range.upperBound == 100 && limited.y.range.upperBound <= 3)
    #expect(limited.place(y: 100) == -1)
    let words = ">higher values cut off, up to 100<"
    #expect(chart([1, 2, 100], limit: 2.5).svg.markup.contains(words))
    for whole in [chart([1, 2, 100]), chart([1, 2], limit: 2.5)] {
      #expect(!whole.svg.markup.contains("cut off"))
    }
    var cut = chart([1, 2, 100])
    cut.cutOffPeaks(above: 2, least: 1)
    #expect(cut.yLimit == 2.5)
  }

  @Test("a reduced line keeps its extremes")
  func thinning() {
    var values = [Double](repeating: 1, count: 50_000)
    values[31_234] = 10
    values[47_000] = 0
    let chart = chart(values)
    let path = paths(chart)[0]
    #expect(path.count < 12_000)
    #expect(path.contains(" 66L") && path.contains(" 226L"))
  }

  @Test("marks outside the axis are left out")
  func marks() {
    var chart = chart([1, 2, 3])
    chart.marks = [Chart.Mark(x: 2, label: "here"), Chart.Mark(x: 9, label: "nowhere")]
    let text = chart.svg.markup
    #expect(text.contains(">here<") && !text.contains("nowhere"))
  }

  @Test("each entry of the legend looks like its line, and a line that is not drawn has none")
  func legend() {
    var chart = Chart(title: "t", xLabel: "x")
    let points = (1...30).map { Chart.Point(Double($0), 1) }
    chart.lines = [
      Chart.Line("long", points, .training), Chart.Line("short", [points[0], points[1]], .other),
      Chart.Line("gone", [Chart.Point(1, .nan)], .fourth), Chart.Line("none", [], .fifth),
    ]
    chart.addPoints("dots", [nil, Chart.Point(1, .nan), points[2], points[3]], .faint)
    let text = chart.svg.markup
    let legend = text.prefix(
      upTo: text.firstRange(of: "class=\"grid\"")?.lowerBound ?? text.endIndex)
    for (style, lines, circles) in [
      ("training", 1, 0), ("other", 1, 1), ("faint", 0, 1), ("fourth", 0, 0), ("fifth", 0, 0),
    ] {
      #expect(legend.ranges(of: "<line class=\"\(style)\"").count == lines, "\(style)")
      #expect(legend.ranges(of: "<circle class=\"\(style)\"").count == circles, "\(style)")
    }
    #expect(legend.contains(">dots<") && !legend.contains(">gone<") && !legend.contains(">none<"))
  }

  @Test("a separate file has its name space and its colors")
  func file() {
    let text = chart([1, 2]).file.markup
    #expect(text.hasPrefix("<svg xmlns=\"http://www.w3.org/2000/svg\""))
    #expect(text.contains(".training{stroke:#0072b2") && text.contains("Loss &amp; more"))
    // Many programs other than browsers do not know variables.
    #expect(!text.contains("var(") && !text.contains("--"))
    #expect(MarkupChecker(text).complaints.isEmpty)
  }
}
