internal import EfficientNetReports

/// The report of a learning-rate range test as an HTML page: the file of `effnet find-lr`.
public struct RateTestReport: Sendable {
  /// The heading.
  public var title: String
  /// The test.
  public var test: RateTest
  /// The command line, shown on the page.
  public var command: String
  private let settings: ReportSettings
  /// Remarks below the heading.
  public var notes: [String] = []

  /// Creates a report.
  ///
  /// - Parameters:
  ///   - title: The heading.
  ///   - test: The test.
  ///   - command: The command line, shown on the page.
  ///   - settings: The settings that repeat the test.
  /// - Throws: `EncodingError` if a number in the settings is not finite.
  public init(
    title: String, test: RateTest, command: String, settings: some Encodable
  ) throws {
    (self.title, self.test, self.command) = (title, test, command)
    self.settings = try ReportSettings(settings)
  }

  /// Returns the page: HTML that needs no other file.
  public func html() -> String {
    var page = ReportPage(
      title: title, notes: notes,
      cards: [
        ReportPage.Card(
          "suggested rate", Self.text(test.suggestion), isMain: true,
          meaning: "Half of the rate with the lowest loss. "
            + (test.isFromScratch ? "Compare it with the recipe's own rate." : "Train with it.")),
        ReportPage.Card(
          "lowest loss at", Self.text(test.best),
          meaning: "The rate where the smoothed loss is lowest. Higher rates do harm."),
        ReportPage.Card(
          "steepest descent at", Self.text(test.steepest),
          meaning: "The rate where the loss falls fastest. Noise moves it, so it is only a hint."),
        ReportPage.Card(
          "steps", test.points.count.grouped,
          meaning:
            "The rates that were tested, one step each. The test ends when the loss diverges."),
      ])
    page.add("Curve", "<p>\(test.conclusion)</p>\n", chart.svg, "\n")
    page.addConfiguration(settings, command: command)
    return page.html.markup
  }

  private static func text(_ rate: Double?) -> String { rate?.significant(2) ?? "–" }

  private var chart: Chart {
    let smoothed = test.smoothed
    var chart = Chart(title: "Loss by learning rate", xLabel: "learning rate")
    chart.xScale = .logarithmic
    chart.lines = [
      Chart.Line("each step", test.points.map { Chart.Point($0.rate, $0.loss) }, .faint),
      Chart.Line(
        "smoothed", zip(test.points, smoothed).map { Chart.Point($0.rate, $1) }, .training),
    ]
    // The rise at the end would flatten the rest of the curve.
    if let first = smoothed.first, let least = smoothed.min() {
      chart.cutOffPeaks(above: first, least: least)
    }
    if let steepest = test.steepest {
      chart.marks.append(
        Chart.Mark(
          x: steepest, label: "steepest \(steepest.significant(2))", isMain: false))
    }
    if let suggestion = test.suggestion {
      chart.marks.append(
        Chart.Mark(x: suggestion, label: "suggested \(suggestion.significant(2))"))
    }
    return chart
  }
}
