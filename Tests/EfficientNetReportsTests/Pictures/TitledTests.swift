import EfficientNetCompute
import EfficientNetReports
import Testing

@Suite("Titled pictures", .enabled(if: Font.problem == nil, "the system has no font"))
struct TitledTests {
  private let font = Font(size: 10)
  private let body = PixelBuffer(width: 400, height: 30, repeating: 7)

  /// Whether rows of a picture have dark pixels, as letters are.
  private func hasText(_ picture: PixelBuffer, rows: Range<Int>) -> Bool {
    picture.bytes[3 * picture.width * rows.lowerBound..<3 * picture.width * rows.upperBound]
      .contains { 8..<200 ~= $0 }
  }

  @Test("the title is above the picture, notes are below it")
  func places() {
    let sheet = body.titled(
      "Title", introduction: "Intro", notes: ["One", "Two"], font: font, margin: 4)
    // A title of 12 pixels has a line of 18, the other lines are 15 pixels high.
    let top = 4 + 18 + 15
    #expect(sheet.width == 400 && sheet.height == top + 30 + 2 * 15 + 4)
    let shown = sheet.bytes[3 * 400 * top..<3 * 400 * (top + 30)]
    #expect(shown.allSatisfy { $0 == 7 })
    #expect(hasText(sheet, rows: 4..<22) && hasText(sheet, rows: 22..<top))
    #expect(hasText(sheet, rows: top + 30..<top + 45))
    #expect(hasText(sheet, rows: top + 45..<top + 60))
    let bare = body.titled("Title", font: font, margin: 4)
    #expect(bare.height == 4 + 18 + 30)
  }

  @Test("long notes are wrapped, and a narrow picture gets room for them")
  func wraps() {
    let note = Array(repeating: "evidence", count: 40).joined(separator: " ")
    let wide = body.titled("Title", notes: [note], font: font, margin: 4)
    let lines = font.wrapped(note, to: 392)
    #expect(lines.count > 2 && lines.joined(separator: " ") == note)
    #expect(lines.allSatisfy { font.width(of: $0) <= 392 })
    #expect(wide.width == 400 && wide.height == 4 + 18 + 30 + 15 * lines.count + 4)
    let narrow = PixelBuffer(width: 20, height: 30, repeating: 7)
      .titled("Title", notes: [note], font: font, margin: 4)
    #expect(narrow.width == 360 + 8)
  }

  @Test("a word that is too wide has a line of its own")
  func wideWord() {
    #expect(font.wrapped("a \(String(repeating: "n", count: 50)) b", to: 40).count == 3)
    #expect(font.wrapped("", to: 40).isEmpty)
  }
}
