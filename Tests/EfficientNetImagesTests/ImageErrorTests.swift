import EfficientNetCompute
import EfficientNetImages
import EfficientNetTestSupport
import Foundation
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
    #if EFFNET_WEBP
      let formats = "JPEG, PNG or WebP"
    #else
      let formats = "JPEG or PNG"
    #endif
    #expect(
      ImageError.notAPicture(name: "notes.jpg").description
        == "notes.jpg is not a \(formats) picture")
  }

  /// The first bytes of a file tell its format, not its name.
  @Test(arguments: [
    ("\0\0\0 ftypheic\0\0\0\0", "HEIC"), ("\0\0\0 ftypmif1\0\0\0\0", "HEIC"),
    ("\0\0\0 ftypavif\0\0\0\0", "AVIF"), ("GIF89a and so on", "GIF"),
    ("II*\0 and so on", "TIFF"), ("MM\0* and so on", "TIFF"),
    ("BM1234\0\0\0\0 and so on", "BMP"),
  ])
  func otherFormats(start: String, format: String) throws {
    let found = try #require(error(Array(start.utf8)))
    #expect(found == .otherFormat(name: "p", format: format))
    #expect(
      found.description
        == "p has the format \(format), which cannot be read; convert it to JPEG")
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
        == "p has 30000×30000 pixels, more than the limit of 178000000; make it smaller"
    )
  }

  @Test("logs, localizedDescription and metrics tell the error")
  func forms() {
    let error = ImageError.truncated(name: "p", format: "JPEG", place: "")
    #expect(String(reflecting: error) == "ImageError.truncated: \(error)")
    #expect((error as any Error).localizedDescription == "\(error)")
    #expect(error.kind == .truncated && error.kind.rawValue == "truncated")
    #expect(ImageError.noPictures(folder: "f").kind == .noPictures)
    #expect(ImageError.Kind.allCases.count == 11)
  }

  @Test("a name of a client cannot change the direction of the text")
  func directions() {
    let name = "a\u{202E}gpj.exe\u{2066}\u{2069}\u{200E}\u{200F}\u{061C}\u{2028}\u{2029}"
    #expect(ImageError.empty(name: name).problem == "a?gpj.exe??????? is empty")
    let error = FileError(path: "a\u{202E}b", reason: "No such file")
    #expect(error.description == "a?b: No such file")
    #expect("a\u{202E}b".shellWord == #"$'a\342\200\256b'"#)
    // Letters that are written from right to left, and the joiners of emoji, are text.
    let text = "שלום 👩🏽‍🔬.jpg"
    #expect(ImageError.empty(name: text).problem == "\(text) is empty")
  }

  @Test("a problem is one line without advice, also for a name of a client")
  func problems() {
    let error = ImageError.truncated(name: "a\r\n\u{1B}[31mb.jpg", format: "JPEG", place: "")
    #expect(
      error.problem == "a???[31mb.jpg is truncated: the JPEG data ends before the picture does")
    #expect(error.advice == "get an intact copy of it")
    #expect(error.description == "\(error.problem); get an intact copy of it")
    let plain = ImageError.notAPicture(name: "")
    #expect(plain.advice == nil && plain.description == plain.problem)
    #expect(plain.problem.hasPrefix("the picture is not a "))
    let long = ImageError.empty(name: String(repeating: "x", count: 100_000) + ".jpg").problem
    #expect(long.count == 1000 + " is empty".count && long.hasSuffix("x.jpg is empty"))
    let scans = ImageError.unsupported(name: "p", format: "JPEG", reason: "it has scans; save it")
    #expect(scans.problem == "p is an unsupported kind of JPEG: it has scans")
    #expect(scans.advice == "save it" && scans.description == "\(scans.problem); save it")
    let corrupt = ImageError.corrupt(name: "p", format: "PNG", reason: "a\nb")
    #expect(corrupt.problem == "p is damaged: its PNG data has errors (a?b)")
  }

  @Test("a JPEG of an unsupported kind may be a damaged one")
  func unsupportedFrame() throws {
    var bytes = GrayJPEG.baseline(side: 8)
    bytes[try #require(bytes.firstIndex(of: 0xC0))] = 0xC5
    #expect(
      error(bytes)
        == .unsupported(
          name: "p", format: "JPEG",
          reason: "it is lossless or hierarchical, or damaged; get an intact copy of it, or save "
            + "it again as baseline JPEG"))
  }

  @Test("bytes need no array, and damage to a JPEG's data may only change pixels")
  func spans() throws {
    let fixture = try Fixture("baseline.jpg")
    #expect(
      try PixelBuffer(decoding: fixture.bytes.span.bytes, name: fixture.name) == fixture.pixels)
    var bytes = fixture.bytes
    bytes[bytes.count - 64] = 1
    #expect(try PixelBuffer(decoding: bytes, name: "p") != fixture.pixels)
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
