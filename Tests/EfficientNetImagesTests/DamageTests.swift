import EfficientNetCompute
import EfficientNetImages
import Testing

/// A damaged file gives an error or a picture, never a crash.
@Suite struct DamageTests {
  #if EFFNET_WEBP
    static let names =
      Fixture.jpegs + Fixture.pngs + Fixture.webPs + ["turned6.jpg", "turned.webp"]
  #else
    static let names = Fixture.jpegs + Fixture.pngs + ["turned6.jpg"]
  #endif

  /// Every truncated file is an error, except a PNG that lacks only the empty chunk at its end.
  @Test(arguments: names)
  func everyTruncationIsAnError(name: String) throws {
    let bytes = try Fixture(name).bytes
    for length in 0..<(bytes.count - (name.hasSuffix(".png") ? 12 : 0)) {
      #expect(throws: ImageError.self, "\(name) cut to \(length) of \(bytes.count) bytes") {
        try PixelBuffer(decoding: Array(bytes.prefix(length)), name: name)
      }
    }
  }

  /// Flips bits at random with a fixed seed. The limit keeps huge claimed sizes from taking long.
  @Test(arguments: names)
  func flippedBitsDoNotCrash(name: String) throws {
    let original = try Fixture(name).bytes
    var state: UInt64 = 88_172_645_463_325_252
    func next(_ bound: Int) -> Int {
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      return Int(state % UInt64(bound))
    }
    for _ in 0..<300 {
      var bytes = original
      for _ in 0...next(4) { bytes[next(bytes.count)] ^= UInt8(1 << next(8)) }
      _ = try? PixelBuffer(
        decoding: bytes, name: name, options: DecodingOptions(maximumPixels: 1_000_000))
    }
  }

  /// EXIF data with lengths and offsets that point anywhere.
  @Test func invalidEXIFKeepsAllPixels() throws {
    let original = try Fixture("turned6.jpg").bytes
    let upright = try PixelBuffer(decoding: original, name: "turned6.jpg")
    for offset in 2..<80 {
      for value in [0, 1, 0x7F, 0xFF] as [UInt8] {
        var bytes = original
        bytes[offset] = value
        guard let photo = try? PixelBuffer(decoding: bytes, name: "exif") else { continue }
        #expect(photo.bytes.count == upright.bytes.count)
      }
    }
  }
}
