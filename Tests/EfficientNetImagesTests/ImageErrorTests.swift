import EfficientNetCompute
import EfficientNetImages
import Testing

@Suite struct ImageErrorTests {
  private func error(_ bytes: [UInt8], options: DecodingOptions = .init()) -> ImageError? {
    do throws(ImageError) {
      _ = try PixelBuffer(decoding: bytes, name: "p", options: options)
      return nil
    } catch {
      return error
    }
  }

  @Test func missingFile() {
    let error = #expect(throws: ImageError.self) { try PixelBuffer(contentsOf: "/nowhere/cat.jpg") }
    #expect(error?.description == "/nowhere/cat.jpg: No such file or directory")
  }

  @Test func folder() {
    #expect(throws: ImageError.unreadable(name: "/tmp", reason: "Is a directory")) {
      try PixelBuffer(contentsOf: "/tmp")
    }
  }

  @Test func empty() {
    #expect(error([]) == .empty(name: "p"))
  }

  @Test func notAPicture() {
    #expect(error(Array("text and so on".utf8)) == .notAPicture(name: "p"))
    #expect(error([0xFF]) == .notAPicture(name: "p"))
    #expect(
      ImageError.notAPicture(name: "notes.jpg").description
        == "notes.jpg is not a JPEG, PNG or WebP picture")
  }

  /// The first bytes of a file tell its format, not its name.
  @Test(arguments: [
    ("\0\0\0 ftypheic\0\0\0\0", "HEIC", "heif-convert (package libheif-examples)"),
    ("\0\0\0 ftypmif1\0\0\0\0", "HEIC", "heif-convert (package libheif-examples)"),
    ("\0\0\0 ftypavif\0\0\0\0", "AVIF", "avifdec (package libavif-bin)"),
    ("GIF89a and so on", "GIF", "mogrify (package imagemagick)"),
    ("II*\0 and so on", "TIFF", "mogrify (package imagemagick)"),
    ("MM\0* and so on", "TIFF", "mogrify (package imagemagick)"),
    ("BM1234\0\0\0\0 and so on", "BMP", "mogrify (package imagemagick)"),
  ])
  func otherFormats(start: String, format: String, converter: String) throws {
    let found = try #require(error(Array(start.utf8)))
    #expect(found == .otherFormat(name: "p", format: format))
    #expect(
      found.description
        == "p is a picture in the format \(format), which cannot be read; "
        + "convert it with \(converter), see \"Convert other pictures\" in Docs/inference.md")
  }

  @Test(arguments: ["\0\0\0 ftypmp42 and so on", "BM is a word in a text"])
  func formatsThatOnlyLookLikeIt(start: String) {
    #expect(error(Array(start.utf8)) == .notAPicture(name: "p"))
  }

  /// Memory for 2.7 GB of pixels is not allocated: the test would take longer than a second.
  @Test(arguments: ["bomb.png", "bomb.jpg"])
  func tooManyPixels(name: String) throws {
    let bytes = try Fixture(name).bytes
    let expected = ImageError.tooManyPixels(
      name: "p", width: 30000, height: 30000, limit: 178_000_000)
    #expect(error(bytes) == expected)
    #expect(
      expected.description
        == "p has 30000×30000 pixels, more than the limit of 178000000; make it smaller or raise the limit"
    )
  }

  @Test func limitIsInclusive() throws {
    let fixture = try Fixture("rgb.png")
    #expect(error(fixture.bytes, options: .init(maximumPixels: 37 * 23)) == nil)
    #expect(error(fixture.bytes, options: .init(maximumPixels: 37 * 23 - 1)) != nil)
    #expect(error(fixture.bytes, options: .init(maximumPixels: 0)) != nil)
  }

  /// A truncated picture is refused; a decoder would fill the rest with gray.
  @Test func halfAPictureIsTruncated() throws {
    for name in ["baseline.jpg", "progressive.jpg"] {
      let bytes = try Fixture(name).bytes
      #expect(error(Array(bytes.dropLast(40))) == .truncated(name: "p", format: "JPEG", place: ""))
    }
    let bytes = try Fixture("rgb.png").bytes
    #expect(
      error(Array(bytes.dropLast(40)))
        == .truncated(name: "p", format: "PNG", place: "before the last row of pixels"))
  }

  @Test func wrongChecksum() throws {
    var bytes = try Fixture("rgb.png").bytes
    bytes[60] ^= 1
    guard case .corrupt(_, "PNG", let reason) = error(bytes) else {
      Issue.record("a PNG with a flipped bit was read")
      return
    }
    #expect(!reason.isEmpty)
  }

  @Test func damagedJPEG() throws {
    var bytes = try Fixture("baseline.jpg").bytes
    // The marker of the picture's end in the middle of its data.
    bytes.replaceSubrange((bytes.count - 100)..<(bytes.count - 98), with: [0xFF, 0xD9])
    guard case .corrupt(_, "JPEG", _) = error(bytes) else {
      Issue.record("a JPEG that ends in its data was read")
      return
    }
  }

  #if EFFNET_WEBP
    @Test func animation() throws {
      guard case .unsupported(_, "WebP", let reason) = error(try Fixture("animated.webp").bytes)
      else {
        Issue.record("an animation was read")
        return
      }
      #expect(reason.contains("animation"))
    }
  #endif
}
