/// The style sheets of all reports: chart.css for charts, including separate files, and page.css
/// for the rest of a page.
///
/// Everybody can distinguish blue and vermilion. Source: Okabe & Ito 2008,
/// [Color universal design](https://jfly.uni-koeln.de/color/).
enum ReportStyle {
  static let chart = sheet(PackageResources.chart_css)
  static let page = sheet(PackageResources.page_css)

  /// Returns the text of a file without its last line break.
  private static func sheet(_ bytes: [UInt8]) -> HTML {
    HTML(markup: String(decoding: bytes.dropLast(), as: UTF8.self))
  }
}
