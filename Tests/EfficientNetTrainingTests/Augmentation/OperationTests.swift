import EfficientNet
import EfficientNetCompute
import EfficientNetImages
import EfficientNetReports
import Testing

@testable import EfficientNetTraining

@Suite("Operations on pixels") struct OperationTests {
  @Test("operations equal Pillow's", arguments: OperationFixture.all)
  func equalsPillow(fixture: OperationFixture) throws {
    #expect(try fixture.actual == fixture.expected)
  }

  @Test("the fixtures have every operation") func everyNameOccurs() {
    let names = Set(OperationFixture.all.map(\.operation))
    #expect(names == Set(OperationFixture.Name.allCases))
  }

  private func row(_ bytes: [UInt8]) -> PixelBuffer {
    PixelBuffer(width: bytes.count / 3, height: 1, bytes: bytes)
  }

  @Test func solarizeAddsBelowTheThreshold() {
    var picture = row([0, 20, 127, 128, 200, 255])
    picture.solarize(adding: 110)
    #expect(picture.bytes == [110, 130, 237, 128, 200, 255])
    picture.solarize(adding: 200, threshold: 200)
    #expect(picture.bytes == [255, 255, 237, 255, 200, 255])
  }

  /// A square four pixels wide around (1, 1) reaches from −1 to 2.
  @Test func cutoutEndsAtTheEdge() {
    var picture = PixelBuffer(width: 5, height: 4, repeating: 7)
    picture.cutOut(x: 1, y: 1, reach: 2)
    let gray = picture.bytes.enumerated().filter { $0.element == 128 }.map(\.offset)
    let expected = [0, 1, 2, 5, 6, 7, 10, 11, 12].flatMap { [3 * $0, 3 * $0 + 1, 3 * $0 + 2] }
    #expect(gray == expected)
    var same = PixelBuffer(width: 5, height: 4, repeating: 7)
    same.cutOut(x: 4, y: 3, reach: 0)
    #expect(same == PixelBuffer(width: 5, height: 4, repeating: 7))
  }

  @Test func fillSkipsPixelsOutside() {
    var picture = PixelBuffer(width: 2, height: 2, repeating: 0)
    picture.fill(
      PixelRectangle(left: 1, top: -3, width: 9, height: 4), red: 1, green: 2, blue: 3)
    #expect(picture.bytes == [0, 0, 0, 1, 2, 3, 0, 0, 0, 0, 0, 0])
    picture.fill(PixelRectangle(left: 5, top: 5, width: 2, height: 2), red: 9, green: 9, blue: 9)
    #expect(picture.bytes == [0, 0, 0, 1, 2, 3, 0, 0, 0, 0, 0, 0])
  }

  @Test func noiseFillsTheRectangleOnly() {
    var generator = SeededGenerator(seed: 4)
    var picture = PixelBuffer(width: 40, height: 30, repeating: 3)
    picture.fillWithNoise(
      PixelRectangle(left: 5, top: 6, width: 20, height: 10), using: &generator)
    var (sum, outside) = (0, 0)
    for y in 0..<30 {
      for x in 0..<40 {
        for c in 0..<3 {
          let byte = picture.bytes[3 * (y * 40 + x) + c]
          if 5..<25 ~= x, 6..<16 ~= y { sum += Int(byte) } else if byte == 3 { outside += 1 }
        }
      }
    }
    #expect(outside == 3 * (40 * 30 - 200))
    // The mean of 600 bytes is 127.5 ± 3.
    #expect(abs(Double(sum) / 600 - 127.5) < 15)
  }
}
