/// The style sheets of all reports: chart.css for charts and page.css for the rest of a page.
///
/// Everybody can distinguish blue and vermilion. Source: Okabe & Ito 2008,
/// [Color universal design](https://jfly.uni-koeln.de/color/).
enum ReportStyle {
  static let chart = sheet(PackageResources.chart_css)
  static let page = sheet(PackageResources.page_css)
  /// The style sheet of a separate chart file: chart.css with the light colors in place of
  /// variables, which many programs other than browsers do not know.
  static let chartFile = HTML(markup: withoutVariables(chart.markup))

  /// Returns the text of a file without its last line break.
  private static func sheet(_ bytes: [UInt8]) -> HTML {
    HTML(markup: String(decoding: bytes.dropLast(), as: UTF8.self))
  }

  /// Returns the rules of a sheet without its first two lines, which set the variables of the
  /// light and the dark colors, and with the light colors in place of the variables.
  private static func withoutVariables(_ sheet: String) -> String {
    let lines = sheet.split(separator: "\n")
    let settings = (lines.first ?? "").split(whereSeparator: { "{;}".contains($0) })
    var rules = lines.dropFirst(2).joined(separator: "\n")
    for setting in settings where setting.hasPrefix("--") {
      let parts = setting.split(separator: ":", maxSplits: 1)
      guard parts.count == 2 else { continue }
      rules.replace("var(\(parts[0]))", with: parts[1])
    }
    return rules
  }
}
