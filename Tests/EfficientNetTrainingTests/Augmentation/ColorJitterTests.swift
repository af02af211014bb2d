import EfficientNetCompute
import Testing

@testable import EfficientNetTraining

@Suite("Color jitter") struct ColorJitterTests {
  private let photo = noise(width: 12, height: 10, seed: 3)

  private func applied(_ jitter: ColorJitter, seed: UInt64) -> PixelBuffer {
    var (picture, generator) = (photo, SeededGenerator(seed: seed))
    jitter.apply(to: &picture, using: &generator)
    return picture
  }

  @Test func nothingChangesNothing() {
    #expect(applied(ColorJitter(), seed: 1) == photo)
  }

  /// Brightness alone is a random factor from the range; the brightest byte shows which.
  @Test func factorsStayInRange() {
    let white = PixelBuffer(width: 1, height: 1, repeating: 100)
    var values: [UInt8] = []
    var generator = SeededGenerator(seed: 9)
    for _ in 0..<500 {
      var picture = white
      ColorJitter(brightness: 0.4).apply(to: &picture, using: &generator)
      values.append(picture.bytes[0])
    }
    #expect(values.allSatisfy { 60...140 ~= $0 })
    #expect(values.contains { $0 < 65 } && values.contains { $0 > 135 })
  }

  /// With a strength above 1, the smallest factor is 0, not negative.
  @Test func strongJitterEndsAtBlack() {
    for seed in 0..<50 as Range<UInt64> {
      _ = applied(ColorJitter(brightness: 3, contrast: 3, saturation: 3, hue: 0.5), seed: seed)
    }
  }

  @Test func ordersDiffer() {
    // Brightness clips values that contrast would have brought back, so the order shows.
    let jitter = ColorJitter(brightness: 0.9, contrast: 0.9, saturation: 0.9, hue: 0.3)
    let results = (0..<40).map { applied(jitter, seed: $0) }
    #expect(Set(results.map(\.bytes)).count == 40)
    #expect(results[7] == applied(jitter, seed: 7))
  }
}
