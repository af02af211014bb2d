import EfficientNetCompute
import Testing

@testable import EfficientNetReports

/// The letters come from the system's font, so the tests state what holds for any font.
@Suite("Font", .enabled(if: Font.problem == nil, "the system has no font"))
struct FontTests {
  private let font = Font(size: 20)

  /// The red values of a line, which are its gray levels.
  private func levels(_ text: String, suffix: String = "", width: Int = 120) -> [UInt8] {
    let line = font.line(text, suffix: suffix, width: width)
    #expect(line.width == width && line.height == font.lineHeight)
    return stride(from: 0, to: line.bytes.count, by: 3).map { line.bytes[$0] }
  }

  /// The columns that are not blank.
  private func columns(_ levels: [UInt8], width: Int = 120) -> ClosedRange<Int>? {
    let dark = levels.indices.filter { levels[$0] < 255 }.map { $0 % width }
    return dark.min().flatMap { least in dark.max().map { least...$0 } }
  }

  @Test("letters are nearly black, with gray levels at their edges")
  func antialiased() {
    let levels = levels("Hog")
    #expect(levels.min() == 32)
    #expect(Set(levels).count > 10)
    #expect(self.levels("").allSatisfy { $0 == 255 })
  }

  @Test("letters stay inside the line, including accents and descenders")
  func fitsTheLine() {
    let levels = levels("ÉÄgj", width: 120)
    #expect(levels.prefix(120).allSatisfy { $0 == 255 })
    #expect(levels.suffix(120).allSatisfy { $0 == 255 })
  }

  @Test func widthEqualsTheDrawnWidth() throws {
    let width = font.width(of: "Hn")
    let drawn = try #require(columns(levels("Hn")))
    #expect(drawn.upperBound < width && drawn.upperBound > width - 6)
    #expect(Font(size: 40).width(of: "Hn") > width + width / 2)
  }

  @Test("a text that is too wide ends with an ellipsis and stays inside its width")
  func longTextsAreCut() {
    let long = String(repeating: "n", count: 500)
    let room = font.width(of: "nnn…")
    #expect(levels(long, width: room) == levels("nnn…", width: room))
    #expect(levels("nnn", width: room) != levels("nnn…", width: room))
    #expect(
      levels("nnnn", width: font.width(of: "nnnn")) == levels("nnnn", width: font.width(of: "nnnn"))
    )
  }

  @Test("a suffix is never shortened")
  func suffix() {
    let room = font.width(of: "nn… 60%")
    #expect(levels("nnnnnnnnnn", suffix: " 60%", width: room) == levels("nn… 60%", width: room))
    #expect(levels("n", suffix: " 60%") == levels("n 60%"))
  }

  @Test("accents are drawn, and invisible characters are not")
  func scalars() {
    #expect(levels("É") != levels("E"))
    #expect(levels("n\u{200D}o\u{FE0F}") == levels("no"))
  }

  @Test(
    "words from right to left are reversed in the line",
    arguments: [
      ("cat", "cat"), ("кошка 3", "кошка 3"), ("猫", "猫"), ("אבג", "גבא"),
      ("1. אב גד · x.png", "1. דג בא · x.png"), ("a אב", "a בא"), ("אב ", "בא "),
      ("قط 12", "طق 12"),
      ("אָב", "באָ"),
    ])
  func rightToLeft(text: String, expected: String) {
    #expect(text.visualOrder == expected)
  }

  @Test("a character that no font has is one box for any number of scalars")
  func unknown() {
    #expect(columns(levels("\u{10FFFD}")) != nil)
    #expect(levels("\u{10FFFD}") == levels("\u{10FFFC}"))
  }

  @Test("a label of a million scalars is cut, and its suffix is drawn")
  func hostileLabels() {
    // Hangul letters without vowels are one character, however many they are.
    let label = String(repeating: "\u{1100}", count: 1_000_000)
    #expect(label.count == 1)
    #expect(font.width(of: label) <= 1001 * 2 * font.size)
    #expect(levels(label, suffix: " 60%") == levels("…", suffix: " 60%"))
    let letters = String(repeating: "n", count: 1_000_000)
    #expect(levels(letters) == levels(String(repeating: "n", count: 500)))
  }

  @Test func background() {
    let line = Font(size: 20, background: 224).line("H", width: 30)
    #expect(line.bytes.max() == 224 && line.bytes.min() == 32)
  }
}
