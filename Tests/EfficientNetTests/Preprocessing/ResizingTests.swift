import EfficientNet
import EfficientNetCompute
import Testing

@Suite struct ResizingTests {
  @Test func fixturesAreThere() {
    #expect(ResizeFixture.all.count == 70)
  }

  @Test(arguments: ResizeFixture.all)
  func equalsPillow(fixture: ResizeFixture) {
    let result =
      switch fixture.kind {
      case .resize(let width, let height):
        fixture.source.resized(
          width: width, height: height, interpolation: fixture.interpolation
        ).bytes
      case .crop(let resize, let crop):
        Preprocessing(
          resize: resize, crop: crop, interpolation: fixture.interpolation, mean: [0, 0, 0],
          std: [1, 1, 1]
        ).tensor(fixture.source).elements.map { UInt8($0) }
      }
    #expect(result == fixture.result)
  }

  /// A window holds the same pixels as a part of the whole resized picture.
  @Test(arguments: Interpolation.allCases, [(20, 13), (60, 41), (30, 5), (10, 80)])
  func windowEqualsCrop(interpolation: Interpolation, size: (width: Int, height: Int)) {
    let source = noise(width: 33, height: 47, seed: 5)
    let whole = source.resized(width: size.width, height: size.height, interpolation: interpolation)
    let window = PixelRectangle(left: 3, top: 1, width: size.width - 5, height: size.height - 3)
    let part = source.resized(
      width: size.width, height: size.height, interpolation: interpolation, window: window)
    #expect(part.width == window.width && part.height == window.height)
    for y in 0..<part.height {
      let start = 3 * ((y + window.top) * whole.width + window.left)
      let expected = whole.bytes[start..<(start + 3 * part.width)]
      #expect(part.bytes[(3 * y * part.width)..<(3 * (y + 1) * part.width)] == expected)
    }
  }

  @Test func sameSizeIsUnchanged() {
    let source = noise(width: 13, height: 17, seed: 9)
    for interpolation in Interpolation.allCases {
      #expect(source.resized(width: 13, height: 17, interpolation: interpolation) == source)
    }
  }

  @Test func windowOutsideTraps() async {
    await #expect(processExitsWith: .failure) {
      let window = PixelRectangle(left: 1, top: 0, width: 4, height: 4)
      _ = PixelBuffer(width: 2, height: 2, repeating: 0)
        .resized(width: 4, height: 4, interpolation: .bilinear, window: window)
    }
  }
}
