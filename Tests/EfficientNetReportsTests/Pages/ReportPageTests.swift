import EfficientNetTestSupport
import Testing

@testable import EfficientNetReports

@Suite("Report pages")
struct ReportPageTests {
  private func page(_ cards: [ReportPage.Card] = [], _ add: (inout ReportPage) -> Void) -> String {
    var page = ReportPage(title: "photos/cats", notes: [], cards: cards)
    add(&page)
    let markup = page.html.markup
    #expect(MarkupChecker(markup).complaints.isEmpty)
    return markup
  }

  /// The text before the fold and inside it.
  private func parts(_ markup: String) throws -> (visible: Substring, folded: Substring) {
    let start = try #require(markup.firstRange(of: "<details>"))
    let end = try #require(markup.firstRange(of: "</details>"))
    return (markup[..<start.lowerBound], markup[start.upperBound..<end.lowerBound])
  }

  @Test("a tile has its sentence")
  func tiles() {
    let text = page([
      ReportPage.Card("loss", "0.5", meaning: "Lower is <better>."), ReportPage.Card("time", "1 s"),
    ]) { _ in }
    #expect(text.contains("<dd>0.5</dd><dd class=\"meaning\">Lower is &lt;better&gt;.</dd></div>"))
    #expect(text.contains("<dd>1 s</dd></div>"))
    #expect(text.contains("name=\"viewport\""))
  }

  @Test("of many unreadable photos ten are visible and 50 named")
  func broken() throws {
    func list(_ count: Int) -> String {
      page { $0.addBroken((0..<count).map { "\($0).png has no end" }) }
    }
    #expect(!list(0).contains("Unreadable") && !list(10).contains("<details>"))
    let (visible, folded) = try parts(list(60))
    #expect(visible.contains("60 photos could not be read"))
    #expect(visible.matches(of: /<li>/).count == 10)
    #expect(folded.matches(of: /<li>/).count == 40 && folded.contains("And 10 others"))
  }

  @Test("settings are folded, the command is not")
  func settings() throws {
    let settings = try ReportSettings(["batch": 8, "epochs": 3])
    let (visible, folded) = try parts(
      page { $0.addConfiguration(settings, command: "effnet train a") })
    #expect(visible.contains("effnet train a") && folded.contains("All 2 settings"))
    #expect(folded.contains("<bdi>epochs</bdi>") && !visible.contains("<bdi>epochs</bdi>"))
  }

  @Test("rows of a long table are folded, but not a few")
  func longTable() throws {
    func table(_ rows: Int) -> String {
      HTML.table(0..<rows, visible: 20, [.number("n") { "\($0)" }]).markup
    }
    #expect(!table(25).contains("<details>"))
    let (visible, folded) = try parts(table(26))
    #expect(visible.matches(of: /<td/).count == 20 && folded.matches(of: /<td/).count == 6)
    #expect(folded.contains("6 more") && folded.contains("<th class=\"number\">n</th>"))
  }

  @Test("columns without content are left out")
  func emptyColumns() {
    let columns: [ReportColumn<Int>] = [
      .name("row") { "\($0)" }, .number("none") { _ in nil }, .text("blank") { _ in "" },
      .number("dash") { _ in "–" }, .number("some") { $0 == 1 ? "x" : nil },
    ]
    let table = HTML.table(0..<3, columns).markup
    for (heading, isThere) in [
      ("row", true), ("none", false), ("blank", false), ("dash", false), ("some", true),
    ] {
      #expect(table.contains(">\(heading)</th>") == isThere, "\(heading)")
    }
    #expect(table.matches(of: /<td/).count == 3)
    #expect(HTML.table(0..<0, columns).markup.contains(">none</th>"))
  }
}
