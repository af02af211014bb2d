import EfficientNet
import EfficientNetCompute
import Testing

@testable import EfficientNetTraining

@Suite("Random resized crops") struct RandomResizedCropTests {
  /// Areas are uniform over their range, ratios over the logarithm of theirs, places over the
  /// photo.
  @Test func distributions() {
    let crop = RandomResizedCrop(area: 0.1...0.5, ratio: 0.5...2)
    var generator = SeededGenerator(seed: 1)
    let (width, height) = (1600, 1600)
    var areas: [Double] = []
    var (wide, leftHalf, upperHalf) = (0, 0, 0)
    for _ in 0..<4000 {
      let part = crop.rectangle(width: width, height: height, using: &generator)
      #expect(part.left >= 0 && part.top >= 0)
      #expect(part.left + part.width <= width && part.top + part.height <= height)
      let area = Double(part.width * part.height) / Double(width * height)
      let ratio = Double(part.width) / Double(part.height)
      areas.append(area)
      // Sides are rounded: half a pixel of at least 357.
      #expect(0.0995...0.501 ~= area && 0.498...2.01 ~= ratio, "\(part)")
      if part.width > part.height { wide += 1 }
      if 2 * part.left + part.width < width { leftHalf += 1 }
      if 2 * part.top + part.height < height { upperHalf += 1 }
    }
    // At least five standard errors each: 0.0018, 32.
    #expect(abs(areas.reduce(0, +) / 4000 - 0.3) < 0.01)
    #expect(abs(areas.count { $0 < 0.2 } - 1000) < 140)
    for count in [wide, leftHalf, upperHalf] { #expect(abs(count - 2000) < 160) }
  }

  /// The default of torchvision and of the official code, for a photo of usual size.
  @Test func defaults() {
    var generator = SeededGenerator(seed: 2)
    for _ in 0..<1000 {
      let part = RandomResizedCrop().rectangle(width: 500, height: 375, using: &generator)
      let area = Double(part.width * part.height) / (500 * 375)
      #expect(0.079...1 ~= area)
      #expect(0.74...1.35 ~= Double(part.width) / Double(part.height))
    }
  }

  @Test(arguments: [
    (1, 1, PixelRectangle(left: 0, top: 0, width: 1, height: 1)),
    (1, 1000, PixelRectangle(left: 0, top: 499, width: 1, height: 1)),
    (1000, 1, PixelRectangle(left: 499, top: 0, width: 1, height: 1)),
    (30, 3000, PixelRectangle(left: 0, top: 1480, width: 30, height: 40)),
    (3000, 30, PixelRectangle(left: 1480, top: 0, width: 40, height: 30)),
  ])
  func stripsShowTheirMiddle(width: Int, height: Int, expected: PixelRectangle) {
    var generator = SeededGenerator(seed: 3)
    let crop = RandomResizedCrop(area: 0.9...1)
    #expect(crop.rectangle(width: width, height: height, using: &generator) == expected)
  }

  /// A ratio that rounds to zero pixels.
  @Test func extremeRatios() {
    var generator = SeededGenerator(seed: 4)
    for ratio in [1e-9...1e-8, 1e8...1e9] {
      let crop = RandomResizedCrop(ratio: ratio)
      let part = crop.rectangle(width: 3, height: 2, using: &generator)
      #expect(1...3 ~= part.width && 1...2 ~= part.height)
    }
  }

  /// Resizing a part equals resizing a copy of the part.
  @Test(arguments: Interpolation.allCases)
  func resizesThePartOnly(interpolation: Interpolation) {
    let photo = noise(width: 61, height: 47, seed: 5)
    for part in [
      PixelRectangle(left: 0, top: 0, width: 61, height: 47),
      PixelRectangle(left: 7, top: 5, width: 30, height: 40),
      PixelRectangle(left: 20, top: 40, width: 41, height: 7),
      PixelRectangle(left: 60, top: 46, width: 1, height: 1),
      PixelRectangle(left: 3, top: 0, width: 1, height: 47),
    ] {
      let bytes = part.rows.flatMap { y in
        let start = 3 * (y * 61 + part.left)
        return photo.bytes[start..<(start + 3 * part.width)]
      }
      let copy = PixelBuffer(width: part.width, height: part.height, bytes: bytes)
      for (width, height) in [(16, 16), (64, 50), (9, 33), (33, 9)] {
        let expected = copy.resized(width: width, height: height, interpolation: interpolation)
        let resized = photo.resized(
          part, width: width, height: height, interpolation: interpolation)
        #expect(resized == expected, "\(part) to \(width)×\(height)")
      }
    }
  }
}
