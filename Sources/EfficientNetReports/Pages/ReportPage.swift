internal import EfficientNetCompute

/// An HTML report in one file, without scripts and external files.
package struct ReportPage {
  private let title: String
  private var content = HTML()

  /// The largest number of characters of a text from outside.
  private static let mostText = 4000

  /// Creates a page with a heading, notes below it, and cards with the most important numbers.
  package init(title: String, notes: [String], cards: [Card]) {
    let title = title.oneLine.shortened(to: 120)
    self.title = title
    content += "<h1>\(HTML.path(title))</h1>\n"
    for note in notes { content += "<p>\(note.oneLine.shortened(to: 500))</p>\n" }
    content += "<dl class=\"cards\">\n"
    for card in cards { content += card.markup }
    content += "</dl>\n"
  }

  /// A tile: a number, its name, and a sentence.
  package struct Card {
    let name: String
    let value: String
    let isMain: Bool
    let meaning: String

    /// - Parameters:
    ///   - value: The number with its unit.
    ///   - isMain: Whether it is the most important number of the page.
    ///   - meaning: What the number means and which values are good, in one or two short sentences.
    package init(_ name: String, _ value: String, isMain: Bool = false, meaning: String = "") {
      (self.name, self.value, self.isMain, self.meaning) = (name, value, isMain, meaning)
    }

    fileprivate var markup: HTML {
      let value = value.shortened(to: 60)
      let style: HTML = isMain ? " class=\"main\"" : ""
      let size: HTML = value.count > 11 ? " class=\"long\"" : ""
      let words: HTML = meaning.isEmpty ? "" : "<dd class=\"meaning\">\(HTML.prose(meaning))</dd>"
      return "<div\(style)><dt>\(name)</dt><dd\(size)>\(value)</dd>\(words)</div>\n"
    }
  }

  package mutating func add(_ heading: String, _ parts: HTML...) {
    content += "<section><h2>\(heading)</h2>\n\(parts)</section>\n"
  }

  /// Adds the command and, folded, the settings that reproduce the result.
  package mutating func addConfiguration(_ settings: ReportSettings, command: String) {
    add(
      "Configuration", "<pre>\(command.oneLine.shortened(to: Self.mostText))</pre>\n",
      HTML.folded("All \(settings.rows.count.grouped) settings", settings.markup))
  }

  /// Adds a list of photos that could not be read, if there are any: ten, then 40 more folded.
  package mutating func addBroken(_ photos: [String]) {
    guard !photos.isEmpty else { return }
    func list(_ photos: some Sequence<String>) -> HTML {
      let items = photos.map { "<li>\(HTML.path($0.oneLine, limit: 300))</li>\n" as HTML }
      return "<ul>\n\(items)</ul>\n"
    }
    let rest = photos.dropFirst(10)
    var more: HTML = rest.isEmpty ? "" : list(rest.prefix(40))
    if rest.count > 40 { more += "<p>And \((rest.count - 40).grouped) others.</p>\n" }
    add(
      "Unreadable photos",
      "<p>\(photos.count.counted("photo", "photos")) could not be read.</p>\n",
      list(photos.prefix(10)),
      rest.isEmpty ? "" : HTML.folded("\(rest.count.grouped) more", more))
  }

  package var html: HTML {
    """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>\(title)</title>
    <style>
    \(ReportStyle.chart)
    \(ReportStyle.page)
    </style>
    </head>
    <body>
    <main>
    \(content)</main>
    </body>
    </html>\n
    """
  }
}
