import EfficientNetCompute
import Testing

@testable import EfficientNetTraining

@Suite("Random erasing") struct RandomErasingTests {
  private let mean: [Float] = [123.675, 116.28, 103.53]

  private func erased(_ erasing: RandomErasing, side: Int = 64, seed: UInt64) -> PixelBuffer {
    var picture = PixelBuffer(width: side, height: side, repeating: 0)
    var generator = SeededGenerator(seed: seed)
    erasing.apply(to: &picture, mean: mean, using: &generator)
    return picture
  }

  @Test func paintsAMeanRectangle() {
    let erasing = RandomErasing(probability: 1, area: 0.1...0.3, ratio: 0.5...2)
    for seed in 0..<100 as Range<UInt64> {
      let picture = erased(erasing, seed: seed)
      let painted = (0..<(64 * 64)).filter { picture.bytes[3 * $0] != 0 }
      #expect(
        painted.allSatisfy { Array(picture.bytes[(3 * $0)..<(3 * $0 + 3)]) == [124, 116, 104] })
      let columns = Set(painted.map { $0 % 64 }).count
      let rows = Set(painted.map { $0 / 64 }).count
      #expect(columns * rows == painted.count)
      // Sides are rounded: half a pixel of at least 14.
      #expect(0.09...0.32 ~= Double(painted.count) / (64 * 64))
      #expect(0.46...2.15 ~= Double(rows) / Double(columns))
    }
  }

  @Test func probability() {
    let erasing = RandomErasing(probability: 0.3)
    let count = (0..<1000).count { seed in
      erased(erasing, side: 16, seed: UInt64(seed))
        != PixelBuffer(width: 16, height: 16, repeating: 0)
    }
    // Five standard errors.
    #expect(abs(count - 300) < 73)
    let never = RandomErasing(probability: 0)
    #expect(erased(never, seed: 1) == PixelBuffer(width: 64, height: 64, repeating: 0))
  }

  @Test func noiseDiffersByPixel() {
    let picture = erased(RandomErasing(probability: 1, area: 0.2...0.3, fill: .noise), seed: 5)
    #expect(Set(picture.bytes).count > 200)
  }

  /// A rectangle has at least one pixel, so nothing can be erased.
  @Test func onePixelStays() {
    #expect(
      erased(RandomErasing(probability: 1), side: 1, seed: 1)
        == PixelBuffer(width: 1, height: 1, repeating: 0))
  }
}
