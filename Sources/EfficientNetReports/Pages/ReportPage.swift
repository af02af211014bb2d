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
    content += "<h1><bdi>\(title)</bdi></h1>\n"
    for note in notes { content += "<p>\(note.oneLine.shortened(to: 500))</p>\n" }
    content += "<dl class=\"cards\">\n"
    for card in cards { content += card.markup }
    content += "</dl>\n"
  }

  /// A number and its name.
  package struct Card {
    let name: String
    let value: String
    var isMain = false

    package init(_ name: String, _ value: String, isMain: Bool = false) {
      (self.name, self.value, self.isMain) = (name, value, isMain)
    }

    fileprivate var markup: HTML {
      let value = value.shortened(to: 60)
      let style: HTML = isMain ? " class=\"main\"" : ""
      let size: HTML = value.count > 11 ? " class=\"long\"" : ""
      return "<div\(style)><dt>\(name)</dt><dd\(size)>\(value)</dd></div>\n"
    }
  }

  package mutating func add(_ heading: String, _ parts: HTML...) {
    content += "<section><h2>\(heading)</h2>\n\(parts)</section>\n"
  }

  /// Adds the command and the settings that reproduce the result.
  package mutating func addConfiguration(_ settings: ReportSettings, command: String) {
    add(
      "Configuration", "<pre>\(command.oneLine.shortened(to: Self.mostText))</pre>\n",
      settings.markup)
  }

  /// Adds a list of photos that could not be read, if there are any; it names at most 50.
  package mutating func addBroken(_ photos: [String]) {
    guard !photos.isEmpty else { return }
    var list: HTML = "<ul>\n"
    for photo in photos.prefix(50) {
      list += "<li><bdi>\(photo.oneLine.shortened(to: 300))</bdi></li>\n"
    }
    if photos.count > 50 { list += "<li>and \((photos.count - 50).grouped) more</li>\n" }
    list += "</ul>\n"
    add(
      "Unreadable photos",
      "<p>\(photos.count.counted("photo", "photos")) could not be read.</p>\n",
      list)
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
