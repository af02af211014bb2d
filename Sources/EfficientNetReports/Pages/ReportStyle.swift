/// The style sheets of all reports: chart.css for a chart, also in a file of its own, and page.css for the rest of a page.
///
/// Blue and vermilion are told apart by everybody. Source: Okabe & Ito 2008,
/// [Color universal design](https://jfly.uni-koeln.de/color/).
enum ReportStyle {
  static let chart = sheet(PackageResources.chart_css)
  static let page = sheet(PackageResources.page_css)

  /// The text of a file, without the end of its last line.
  private static func sheet(_ bytes: [UInt8]) -> HTML {
    HTML(markup: String(decoding: bytes.dropLast(), as: UTF8.self))
  }
}
