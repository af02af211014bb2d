import EfficientNetCompute
import EfficientNetTestSupport
import Foundation
import Testing

@testable import EfficientNetImages

/// Limits on the memory and the time of decoding.
@Suite struct DecodingLimitTests {
  @Test func largestSize() throws {
    // A header that claims 2147483647×2147483647 pixels, with its checksum.
    let header: [UInt8] =
      [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13] + Array("IHDR".utf8)
      + [0x7F, 0xFF, 0xFF, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF, 8, 2, 0, 0, 0, 0x9B, 0xAB, 0x9C, 0x31]
    let data: [UInt8] = [0, 0, 0, 0] + Array("IDAT".utf8) + [0x35, 0xAF, 0x06, 0x1E]
    let options = DecodingOptions(maximumPixels: .max)
    let side = Int(Int32.max)
    #expect(throws: ImageError.outOfMemory(name: "p", width: side, height: side)) {
      try PixelBuffer(decoding: header + data, name: "p", options: options)
    }
    for limit in [0, -1, .min] {
      #expect(throws: ImageError.tooManyPixels(name: "p", width: side, height: side, limit: limit))
      {
        try PixelBuffer(
          decoding: header + data, name: "p", options: DecodingOptions(maximumPixels: limit))
      }
    }
  }

  /// A pixel in a row of its own takes ten times as long as others.
  @Test func rows() throws {
    let column = PixelBuffer(width: 1, height: 1_000_000, repeating: 7)
    #expect(try PixelBuffer(decoding: column.png(), name: "p") == column)
    let longer = try PixelBuffer(width: 1, height: 1_000_001, repeating: 7).png()
    let error = #expect(throws: ImageError.self) { try PixelBuffer(decoding: longer, name: "p") }
    #expect(
      error?.description
        == "p is an unsupported kind of PNG: it has more than 1,000,000 rows; cut it into parts")
  }

  /// A small photo may have many scans; in a large photo, the blocks that all scans visit are
  /// limited, and count more in arithmetic coding, which takes longer.
  @Test func scans() throws {
    let small = try PixelBuffer(decoding: GrayJPEG.progressive(side: 64, scans: 500), name: "p")
    #expect(small == PixelBuffer(width: 64, height: 64, repeating: 128))
    let honest = try PixelBuffer(decoding: GrayJPEG.progressive(side: 5000, scans: 12), name: "p")
    #expect(honest == PixelBuffer(width: 5000, height: 5000, repeating: 128))
    _ = try PixelBuffer(decoding: GrayJPEG.arithmetic(side: 5000, scans: 21), name: "p")
    for bytes in [
      GrayJPEG.progressive(side: 64, scans: 501), GrayJPEG.progressive(side: 5000, scans: 400),
      GrayJPEG.arithmetic(side: 5000, scans: 22),
    ] {
      let error = #expect(throws: ImageError.self) { try PixelBuffer(decoding: bytes, name: "p") }
      #expect(
        error?.description
          == "p is an unsupported kind of JPEG: it has more scans than encoders write; save it again as baseline JPEG"
      )
    }
  }

  @Test func coefficientsCount() throws {
    for (bytes, expected) in [
      (GrayJPEG.baseline(side: 800), 0),
      (GrayJPEG.progressive(side: 800, scans: 2), 128 * 100 * 100),
    ] {
      let header = try Codec(.jpeg, name: "p").header(bytes.span.bytes)
      #expect(header.width == 800 && header.height == 800)
      // The numbers of blocks at the edges are rounded up.
      #expect((expected...(expected + expected / 10)).contains(header.workspace))
    }
  }

  /// Appending each segment to a copy of the segments before it would take minutes.
  @Test(.timeLimit(.minutes(1))) func manySegmentsOfMetadata() {
    func segment(_ bytes: [UInt8]) -> [UInt8] {
      [0xFF, 0xE1, UInt8((bytes.count + 2) >> 8), UInt8((bytes.count + 2) & 0xFF)] + bytes
    }
    let exif = Array("Exif\0\0".utf8)
    var file: [UInt8] = [0xFF, 0xD8]
    for _ in 0..<64 { file += segment(exif + [UInt8](repeating: 0, count: 65_000)) }
    let empty = segment(exif)
    for _ in 0..<300_000 { file += empty }
    let metadata = PhotoMetadata(of: file.span, format: .jpeg)
    #expect(metadata.exif?.count == 6 + 64 * 65_000)
  }

  /// A chunk of a PNG file with a wrong checksum.
  private func chunk(_ name: String, _ data: [UInt8]) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: data.count >> (24 - 8 * $0)) } + Array(name.utf8)
      + data + [0, 0, 0, 0]
  }

  /// libpng would decompress pixels after the last row for minutes. Here it does not come to the
  /// checksum behind them, which is wrong.
  @Test(arguments: ["rgb", "rgb16", "gray", "interlaced"])
  func surplusPixels(name: String) throws {
    let fixture = try Fixture(name + ".png")
    let (width, height) = (try fixture.pixels.width, try fixture.pixels.height)
    // A megabyte of zeros in blocks that are not compressed.
    let block: [UInt8] = [0, 0, 0x80, 0xFF, 0x7F] + [UInt8](repeating: 0, count: 1 << 15)
    let pixels = chunk("IDAT", [0x78, 1] + repeatElement(block, count: 32).joined())
    let exif = chunk(
      "eXIf",
      Array("II*\0".utf8) + [8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0])
    let file = Array(fixture.bytes[..<33]) + pixels + exif + chunk("IEND", [])
    let photo = try PixelBuffer(decoding: file, name: "p")
    #expect(photo == PixelBuffer(width: height, height: width, repeating: 0))
    for cut in [13, 60] {
      let error = #expect(throws: ImageError.self) {
        try PixelBuffer(decoding: file.dropLast(cut), name: "p")
      }
      #expect(error?.kind == .truncated)
    }
  }

  /// Texts that do not decompress, or that decompress beyond the limit, also take time.
  @Test func textsThatDoNotDecompress() {
    let text = chunk("zTXt", Array("XML:com.adobe.xmp\0\0damaged".utf8))
    let exif = chunk("eXIf", Array("II*\0".utf8))
    for (texts, isRead) in [(3, true), (17, false)] {
      let file = [UInt8](repeating: 0, count: 8) + (0..<texts).flatMap { _ in text } + exif
      #expect((PNGMetadata(of: file.span).found.exif != nil) == isRead)
    }
  }

  @Test func turnedGrayIsGray() throws {
    let photo = try PixelBuffer(decoding: GrayJPEG.baseline(side: 30, orientation: 6), name: "p")
    #expect(photo == PixelBuffer(width: 30, height: 30, repeating: 128))
  }
}

@Suite struct MemoryBudgetTests {
  @Test func isNeverExceeded() {
    let budget = MemoryBudget(bytes: 100)
    let taken = Locked(0)
    ThreadPool(threads: 8).forEach(count: 400) { index in
      // One of them needs more memory than the budget has.
      let count = [10, 40, 60, 100, 1000, 0][index % 6]
      budget.withBytes(count) {
        taken.withLock { sum in
          sum += min(count, 100)
          #expect(sum <= 100)
        }
        taken.withLock { $0 -= min(count, 100) }
      }
    }
    #expect(taken.withLock { $0 } == 0)
  }

  /// Two calls that fit the budget run at the same time: each waits for the other inside.
  @Test func imagesWithinTheLimitDecodeTogether() {
    let budget = MemoryBudget(bytes: 100)
    let (inside, done) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
    let meeting = Locked(0)
    for _ in 0..<2 {
      Thread.detachNewThread {
        budget.withBytes(50) {
          if meeting.withLock({ count in
            count += 1; return count == 2
          }) {
            inside.signal()
            inside.signal()
          }
          inside.wait()
        }
        done.signal()
      }
    }
    for _ in 0..<2 { #expect(done.wait(timeout: .now() + 60) == .success) }
  }

  @Test func givesBackAfterAnError() {
    struct Failure: Error {}
    let budget = MemoryBudget(bytes: 10)
    for _ in 0..<3 {
      #expect(throws: Failure.self) { try budget.withBytes(10) { throw Failure() } }
    }
  }
}
