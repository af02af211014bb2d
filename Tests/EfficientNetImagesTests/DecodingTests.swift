import EfficientNetCompute
import EfficientNetImages
import Testing

@Suite struct DecodingTests {
  @Test(arguments: Fixture.jpegs + Fixture.pngs + Fixture.turned)
  func equalsPillow(name: String) throws {
    let decoded = try PixelBuffer(contentsOf: Fixture.path(name))
    #expect(try decoded == Fixture(name).pixels)
  }

  #if EFFNET_WEBP
    @Test(arguments: Fixture.webPs + ["turned.webp"])
    func webPEqualsPillow(name: String) throws {
      let decoded = try PixelBuffer(contentsOf: Fixture.path(name))
      #expect(try decoded == Fixture(name).pixels)
    }
  #else
    @Test func webPIsRefused() throws {
      let fixture = try Fixture("lossy.webp")
      let error = #expect(throws: ImageError.self) {
        try PixelBuffer(decoding: fixture.bytes, name: "a.webp")
      }
      #expect(error?.kind == .unsupported)
      #expect(error?.description.hasSuffix("no WebP decoder; convert it to JPEG") == true)
    }
  #endif

  /// Without EXIF orientation, a photo that is stored on its side stays on its side.
  @Test func orientationCanBeIgnored() throws {
    let options = DecodingOptions(appliesOrientation: false)
    let lying = try PixelBuffer(contentsOf: Fixture.path("turned6.jpg"), options: options)
    #expect(lying.width == 19 && lying.height == 11)
    #expect(try lying == Fixture("turned1.jpg").pixels)
  }

  @Test func bytesNeedNoName() throws {
    let fixture = try Fixture("rgb.png")
    #expect(try PixelBuffer(decoding: fixture.bytes) == fixture.pixels)
    #expect(try PixelBuffer(decoding: fixture.bytes.span.bytes) == fixture.pixels)
    #expect(throws: ImageError.empty(name: "the photo")) { try PixelBuffer(decoding: []) }
  }

  @Test func bytesAfterTheEndAreIgnored() throws {
    let fixture = try Fixture("baseline.jpg")
    let longer = try PixelBuffer(decoding: fixture.bytes + [1, 2, 3], name: fixture.name)
    #expect(try longer == fixture.pixels)
  }
}
