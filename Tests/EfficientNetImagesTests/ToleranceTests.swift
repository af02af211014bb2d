import EfficientNetCompute
import EfficientNetImages
import EfficientNetTestSupport
import Testing

/// Tests that decoders read files that break a rule of their format but contain every pixel.
@Suite struct ToleranceTests {
  /// The place of the last three bytes of the first scan's header: its first and last coefficient,
  /// and its bits.
  private func scanParameters(_ bytes: [UInt8]) throws -> Int {
    let marker = try #require(bytes.indices.first { bytes[$0...].starts(with: [0xFF, 0xDA]) })
    return marker + 2 + Int(bytes[marker + 2]) << 8 + Int(bytes[marker + 3]) - 3
  }

  /// A sequential scan has all coefficients, whatever its header states; some phones write 0 to 0.
  @Test(arguments: ["baseline", "full", "wide", "restarts", "gray", "cmyk", "one"])
  func scanParameters(name: String) throws {
    let fixture = try Fixture(name + ".jpg")
    let place = try scanParameters(fixture.bytes)
    for parameters in [[0, 0, 0], [1, 63, 0], [5, 9, 0], [0, 63, 0x12]] as [[UInt8]] {
      var bytes = fixture.bytes
      bytes.replaceSubrange(place..<(place + 3), with: parameters)
      let photo = try PixelBuffer(decoding: bytes, name: name)
      #expect(try photo == fixture.pixels, "\(parameters)")
    }
  }

  /// In a progressive scan, these bytes change the meaning of the data.
  @Test func progressiveScanParameters() throws {
    var bytes = try Fixture("progressive.jpg").bytes
    bytes[try scanParameters(bytes) + 1] = 63
    #expect(throws: ImageError.self) { try PixelBuffer(decoding: bytes, name: "p") }
  }

  /// The last chunk only marks the end of the file.
  @Test(arguments: Fixture.pngs + ["turned.png"])
  func pngWithoutEnd(name: String) throws {
    let fixture = try Fixture(name)
    for cut in 1...12 {
      let photo = try PixelBuffer(decoding: Array(fixture.bytes.dropLast(cut)), name: name)
      #expect(try photo == fixture.pixels, "without the last \(cut) bytes")
    }
    #expect(throws: ImageError.self) {
      try PixelBuffer(decoding: Array(fixture.bytes.dropLast(13)), name: name)
    }
  }

  @Test func messageSaysWherePNGEnds() throws {
    func message(_ bytes: [UInt8]) -> String {
      do throws(ImageError) {
        _ = try PixelBuffer(decoding: bytes, name: "p")
        return ""
      } catch {
        return error.description
      }
    }
    let bytes = try Fixture("rgb.png").bytes
    #expect(
      message(Array(bytes.dropLast(40)))
        == "p is truncated: the PNG data ends before the last row of pixels; get an intact copy of it"
    )
    // An orientation can follow the pixels, so a truncated chunk is an error.
    let text: [UInt8] = [0, 0, 0, 9] + Array("tEXt".utf8) + [1, 2]
    #expect(message(bytes.dropLast(12) + text).contains("ends in the chunk tEXt after the pixels"))
  }
}
