import EfficientNetCompute

/// Pictures for tests.
enum TestPhoto {
  /// An uncompressed PNG of random pixels.
  ///
  /// Source: [PNG](https://www.w3.org/TR/png-3/),
  /// [zlib](https://www.rfc-editor.org/rfc/rfc1950) with stored blocks.
  static func png(width: Int = 6, height: Int = 5, seed: Int) -> [UInt8] {
    let pixels = pixels(width: width, height: height, seed: seed)
    var rows: [UInt8] = []
    for y in 0..<height { rows += [0] + pixels.bytes[(3 * width * y)..<(3 * width * (y + 1))] }
    var zlib: [UInt8] = [0x78, 0x01]
    for start in stride(from: 0, to: rows.count, by: 65535) {
      let block = rows[start..<min(start + 65535, rows.count)]
      let isLast: UInt8 = start + 65535 >= rows.count ? 1 : 0
      let count = UInt16(block.count)
      zlib += [
        isLast, UInt8(count & 255), UInt8(count >> 8), UInt8(~count & 255), UInt8(~count >> 8),
      ]
      zlib += block
    }
    zlib += big(adler(rows))
    return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
      + chunk("IHDR", big(UInt32(width)) + big(UInt32(height)) + [8, 2, 0, 0, 0])
      + chunk("IDAT", zlib) + chunk("IEND", [])
  }

  /// The pixels of ``png(width:height:seed:)``.
  static func pixels(width: Int = 6, height: Int = 5, seed: Int) -> PixelBuffer {
    var generator = SeededGenerator(seed: UInt64(seed))
    return PixelBuffer(
      width: width, height: height,
      bytes: (0..<(3 * width * height)).map { _ in UInt8(truncatingIfNeeded: generator.next()) })
  }

  private static func chunk(_ name: String, _ data: [UInt8]) -> [UInt8] {
    let body = Array(name.utf8) + data
    return big(UInt32(data.count)) + body + big(crc(body))
  }

  private static func big(_ value: UInt32) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
  }

  private static func adler(_ bytes: [UInt8]) -> UInt32 {
    var (a, b): (UInt32, UInt32) = (1, 0)
    for byte in bytes {
      a = (a + UInt32(byte)) % 65521
      b = (b + a) % 65521
    }
    return b << 16 | a
  }

  private static func crc(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(~0) { sum, byte in
      (0..<8).reduce(sum ^ UInt32(byte)) { value, _ in
        value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1
      }
    }
  }
}
