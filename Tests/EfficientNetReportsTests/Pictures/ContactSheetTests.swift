import EfficientNetCompute
import EfficientNetReports
import Testing

@Suite("Contact sheet") struct ContactSheetTests {
  /// Three pictures in two columns, one pixel apart; the small one is in the middle of its cell.
  @Test func placesPictures() {
    let pictures = [
      PixelBuffer(width: 2, height: 2, repeating: 1),
      PixelBuffer(width: 2, height: 1, repeating: 2),
      PixelBuffer(width: 1, height: 2, repeating: 3),
    ]
    let sheet = PixelBuffer.sheet(of: pictures, columns: 2, gap: 1, background: 0)
    let expected: [[UInt8]] = [
      [0, 0, 0, 0, 0, 0, 0],
      [0, 1, 1, 0, 2, 2, 0],
      [0, 1, 1, 0, 0, 0, 0],
      [0, 0, 0, 0, 0, 0, 0],
      [0, 3, 0, 0, 0, 0, 0],
      [0, 3, 0, 0, 0, 0, 0],
      [0, 0, 0, 0, 0, 0, 0],
    ]
    #expect(sheet.width == 7 && sheet.height == 7)
    #expect(sheet.bytes == expected.joined().flatMap { [$0, $0, $0] })
  }

  @Test func isAsWideAsItsPictures() {
    let sheet = PixelBuffer.sheet(
      of: [PixelBuffer(width: 3, height: 2, repeating: 5)], columns: 9, gap: 0)
    #expect(sheet == PixelBuffer(width: 3, height: 2, repeating: 5))
  }

  @Test func enlargesAndStacks() {
    let pair = PixelBuffer(width: 2, height: 1, bytes: [1, 2, 3, 4, 5, 6])
    let large = pair.enlarged(by: 2)
    #expect(large.width == 4 && large.height == 2)
    #expect(
      large.bytes == [1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6, 1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6])
    #expect(pair.enlarged(by: 1) == pair)
    let stack = PixelBuffer.stack([pair, PixelBuffer(width: 2, height: 2, repeating: 9)])
    #expect(stack.height == 3 && stack.bytes == pair.bytes + [UInt8](repeating: 9, count: 12))
  }
}
