import EfficientNetCompute
import Testing

@testable import EfficientNetTraining

@Suite("Pixel font") struct PixelFontTests {
  /// A line as text, "#" for what is dark.
  private func rows(_ text: String, width: Int, scale: Int = 1) -> [String] {
    let line = PixelFont(scale: scale).line(text, width: width)
    return (0..<line.height).map { row in
      String(
        (0..<width).map { line.bytes[3 * (row * width + $0)] < 128 ? "#" : "." })
    }
  }

  /// "é" is not ASCII.
  @Test func letters() {
    #expect(
      rows("Ag1é", width: 24) == [
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
