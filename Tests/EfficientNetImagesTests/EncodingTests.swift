import EfficientNetCompute
import EfficientNetImages
import Testing

@Suite struct EncodingTests {
  /// A hash of the place: noise that no encoder can predict.
  private func noise(width: Int, height: Int) -> PixelBuffer {
    var generator = SeededGenerator(seed: 5)
    let bytes = (0..<(3 * width * height)).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
    return PixelBuffer(width: width, height: height, bytes: bytes)
  }

  /// Colors that change slowly.
  private func gradient(width: Int, height: Int) -> PixelBuffer {
    var bytes: [UInt8] = []
    for y in 0..<height {
      for x in 0..<width {
        bytes.append(UInt8(x * 255 / width))
        bytes.append(UInt8(y * 255 / height))
        bytes.append(UInt8((x + y) * 255 / (width + height)))
      }
    }
    return PixelBuffer(width: width, height: height, bytes: bytes)
  }

  private func largestDifference(_ a: PixelBuffer, _ b: PixelBuffer) -> Int {
    var largest = 0
    for (a, b) in zip(a.bytes, b.bytes) { largest = max(largest, abs(Int(a) - Int(b))) }
    return largest
  }

  @Test(arguments: [(1, 1), (1, 700), (700, 1), (37, 23), (400, 300)])
  func pngGivesTheSamePixels(width: Int, height: Int) throws {
    for picture in [noise(width: width, height: height), gradient(width: width, height: height)] {
      let decoded = try PixelBuffer(decoding: picture.png(), name: "p")
      #expect(decoded == picture)
    }
  }

  /// The error is at most twice a quantization step, in RGB after a color conversion.
  @Test(arguments: [(1, 1), (1, 100), (100, 1), (37, 23), (400, 300)])
  func jpegIsClose(width: Int, height: Int) throws {
    let picture = gradient(width: width, height: height)
    let best = try PixelBuffer(decoding: picture.jpeg(quality: 100), name: "p")
    #expect(best.width == width && best.height == height)
    // Colors are stored at half the resolution: neighbors in a strip of 100 pixels differ by 3.
    #expect(largestDifference(best, picture) <= 6)
    let good = try PixelBuffer(decoding: picture.jpeg(), name: "p")
    #expect(largestDifference(good, picture) <= 16)
  }

  @Test func qualityCostsBytes() throws {
    let picture = noise(width: 300, height: 200)
    let counts = try [1, 50, 85, 100].map { try picture.jpeg(quality: $0).count }
    #expect(counts == counts.sorted() && Set(counts).count == 4)
    // As in libjpeg, other qualities count as the nearest valid one.
    #expect(try [-1, 0, .min].allSatisfy { try picture.jpeg(quality: $0).count == counts[0] })
    #expect(try [101, 500, .max].allSatisfy { try picture.jpeg(quality: $0).count == counts[3] })
    // More than the encoder's first buffer holds.
    #expect(counts[3] > 100_000)
  }

  @Test func sameBytesAgain() throws {
    let picture = noise(width: 50, height: 40)
    #expect(try picture.png() == picture.png())
    #expect(try picture.jpeg() == picture.jpeg())
  }

  @Test func jpegEndsAt65500() throws {
    let strip = PixelBuffer(width: 65_501, height: 1, repeating: 9)
    let error = #expect(throws: ImageError.self) { try strip.jpeg() }
    #expect(
      error?.description.hasPrefix("a picture of 65501×1 pixels cannot be written as JPEG: ")
        == true)
    #expect(try PixelBuffer(decoding: strip.png(), name: "p") == strip)
    let longest = PixelBuffer(width: 1, height: 65_500, repeating: 9)
    #expect(try PixelBuffer(decoding: longest.jpeg(), name: "p").height == 65_500)
  }

  /// libpng's own limit is a million.
  @Test func pngTakesLongRows() throws {
    let strip = PixelBuffer(width: 1_000_001, height: 1, repeating: 9)
    #expect(try PixelBuffer(decoding: strip.png(), name: "p") == strip)
  }

  @Test func severalThreadsAtOnce() throws {
    let picture = noise(width: 60, height: 50)
    let (png, jpeg) = (try picture.png(), try picture.jpeg())
    ThreadPool(threads: 4).forEach(count: 32) { _ in
      #expect((try? picture.png()) == png)
      #expect((try? picture.jpeg()) == jpeg)
    }
  }
}
