import EfficientNetCompute
import EfficientNetReports
import Testing

@Suite("Pixel font") struct PixelFontTests {
  /// A line as text, "#" for what is dark.
  private func rows(_ text: String, width: Int, scale: Int = 1) -> [String] {
    let line = PixelFont(scale: scale).line(text, width: width)
    return (0..<line.height).map { row in
      String(
        (0..<width).map { line.bytes[3 * (row * width + $0)] < 128 ? "#" : "." })
    }
  }

  /// "я" is no letter that it has.
  @Test func letters() {
    #expect(
      rows("Ag1я", width: 24) == [
        "........................",
        "........................",
        "..#...........#...#####.",
        ".#.#.........##...#...#.",
        "#...#..###....#...#...#.",
        "#...#.#..##...#...#...#.",
        "#####.#..##...#...#...#.",
        "#...#..##.#...#...#...#.",
        "#...#.....#..###..#####.",
        ".......###..............",
        "........................",
      ])
  }

  /// Marks above small and large letters, in place of a dot, and below.
  @Test func accents() {
    #expect(
      rows("éÄîç", width: 24) == [
        ".......#.#..............",
        "........................",
        "...#....#.....#.........",
        "..#....#.#...#.#........",
        ".###..#...#..##....###..",
        "#...#.#...#...#...#...#.",
        "#####.#####...#...#.....",
        "#.....#...#...#...#...#.",
        ".###..#...#..###...###..",
        "...................##...",
        "........................",
      ])
    #expect(rows("É", width: 6) != rows("E", width: 6))
    #expect(rows("e\u{301}", width: 6) == rows("é", width: 6))
  }

  @Test func longTextsAreCut() {
    #expect(rows("abcdef", width: 18) == rows("ab…", width: 18))
    #expect(rows("abc", width: 18) != rows("ab…", width: 18))
    #expect(rows("", width: 6).allSatisfy { $0 == "......" })
    // One box for a character, however many scalars it has.
    #expect(rows("👩🏽‍🔬я", width: 12) == rows("яя", width: 12))
  }

  @Test func scales() {
    let small = PixelFont(scale: 1).line("Hi", width: 12)
    let large = PixelFont(scale: 3).line("Hi", width: 36)
    #expect(large == small.enlarged(by: 3))
  }
}
