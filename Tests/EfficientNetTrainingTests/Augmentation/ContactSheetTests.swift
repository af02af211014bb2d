import EfficientNet
import EfficientNetCompute
import Testing

@testable import EfficientNetTraining

@Suite("Contact sheet") struct ContactSheetTests {
  /// Three pictures in two columns, one pixel apart; the small one lies in the middle of its cell.
  @Test func placesPictures() {
    let pictures = [
      PixelBuffer(width: 2, height: 2, repeating: 1),
      PixelBuffer(width: 2, height: 1, repeating: 2),
      PixelBuffer(width: 1, height: 2, repeating: 3),
    ]
    let sheet = ContactSheet(columns: 2, gap: 1, background: 0).picture(of: pictures)
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

  @Test func isNoWiderThanItsPictures() {
    let sheet = ContactSheet(columns: 9, gap: 0).picture(
      of: [PixelBuffer(width: 3, height: 2, repeating: 5)])
    #expect(sheet == PixelBuffer(width: 3, height: 2, repeating: 5))
  }

  @Test func showsAugmentation() {
    let photos = [noise(width: 60, height: 50, seed: 1), noise(width: 50, height: 60, seed: 2)]
    var generator = SeededGenerator(seed: 3)
    let sheet = ContactSheet(columns: 4, gap: 2).picture(
      of: photos, augmentation: AugmentationTests.all,
      preprocessing: AugmentationTests.preprocessing, using: &generator)
    #expect(sheet.width == 2 + 4 * 34 && sheet.height == 2 + 2 * 34)
    let first = AugmentationTests.preprocessing.picture(photos[1])
    let start = 3 * (36 * sheet.width + 2)
    #expect(Array(sheet.bytes[start..<(start + 96)]) == Array(first.bytes[..<96]))
  }
}
