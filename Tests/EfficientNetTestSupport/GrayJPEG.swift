/// Gray JPEG files of any size in few bytes: all coefficients are zero.
///
/// Every Huffman table has one code, the bit 0. Source: ITU-T T.81, annexes B, F and G.
public enum GrayJPEG {
  /// A baseline file of `side` × `side` pixels.
  ///
  /// - Parameter orientation: The value of the EXIF tag 0x0112.
  public static func baseline(side: Int, orientation: UInt8 = 1) -> [UInt8] {
    // One bit for the first coefficient of each block, and one for the end of the block.
    file(side, orientation, frame: 0xC0, end: 0x00, scan(0...63, bits: 2 * blocks(side)))
  }

  /// A progressive file of `side` × `side` pixels: one scan of first coefficients, then repeated
  /// scans of the others.
  public static func progressive(side: Int, scans: Int) -> [UInt8] {
    // The bit 0, then 14 bits with the number of blocks that end: the largest that has no eight
    // ones in a row.
    let run = 1 << 14 | 0b10_1010_1010_1010
    let runs = (blocks(side) + run - 1) / run
    let text = String(repeating: "0" + String(run, radix: 2).dropFirst(), count: runs)
    let padded = text + String(repeating: "1", count: -text.count & 7)
    var bytes: [UInt8] = []
    var rest = padded[...]
    while !rest.isEmpty {
      bytes.append(UInt8(rest.prefix(8), radix: 2) ?? 0)
      rest = rest.dropFirst(8)
    }
    let others = scanHeader(1...63) + bytes
    return file(
      side, 1, frame: 0xC2, end: 0xE0,
      scan(0...0, bits: blocks(side))
        + repeatElement(others, count: scans - 1).joined())
  }

  /// A progressive file with arithmetic coding. Its scans have no bytes, which decoders read as
  /// zeros.
  public static func arithmetic(side: Int, scans: Int) -> [UInt8] {
    file(
      side, 1, frame: 0xCA, end: 0,
      scanHeader(0...0) + repeatElement(scanHeader(1...63), count: scans - 1).joined())
  }

  private static func blocks(_ side: Int) -> Int { (side + 7) / 8 * ((side + 7) / 8) }

  private static func segment(_ marker: UInt8, _ content: [UInt8]) -> [UInt8] {
    let length = content.count + 2
    return [0xFF, marker, UInt8(length >> 8), UInt8(length & 0xFF)] + content
  }

  private static func file(
    _ side: Int, _ orientation: UInt8, frame: UInt8, end: UInt8, _ scans: [UInt8]
  ) -> [UInt8] {
    let (high, low) = (UInt8(side >> 8), UInt8(side & 0xFF))
    let exif: [UInt8] =
      Array("Exif\0\0II*\0".utf8) + [8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, orientation, 0]
      + [0, 0, 0, 0, 0, 0]
    let oneCode: [UInt8] = [1] + Array(repeating: 0, count: 15)
    return [0xFF, 0xD8] + segment(0xE1, exif)
      + segment(0xDB, [0] + Array(repeating: 1, count: 64))
      + segment(frame, [8, high, low, high, low, 1, 1, 0x11, 0])
      + segment(0xC4, [0x00] + oneCode + [0]) + segment(0xC4, [0x10] + oneCode + [end])
      + scans + [0xFF, 0xD9]
  }

  private static func scanHeader(_ coefficients: ClosedRange<UInt8>) -> [UInt8] {
    segment(0xDA, [1, 1, 0, coefficients.lowerBound, coefficients.upperBound, 0])
  }

  /// A scan of zero bits; the last byte is padded with ones.
  private static func scan(_ coefficients: ClosedRange<UInt8>, bits: Int) -> [UInt8] {
    scanHeader(coefficients) + Array(repeating: 0, count: bits / 8)
      + (bits % 8 == 0 ? [] : [0xFF >> UInt8(bits % 8)])
  }
}
