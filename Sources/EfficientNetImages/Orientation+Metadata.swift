/// The search for the orientation in a file: first in the EXIF data, then in the XMP packet.
extension Orientation {
  init?(in file: Span<UInt8>, format: ImageFormat) {
    let metadata = PhotoMetadata(of: file, format: format)
    let tag = metadata.exif.flatMap { Self.tag(inEXIF: $0.span) }
    guard let value = tag ?? metadata.xmp.flatMap({ Self.attribute(inXMP: $0.span) }) else {
      return nil
    }
    self.init(rawValue: value)
  }

  /// Returns the value of the tag 0x0112 of the first directory.
  ///
  /// The result is nil if there is no such tag, and 0 if its value is not a whole number or the
  /// data is not a TIFF file; an XMP packet does not count then. As in Pillow, the first of several
  /// tags counts, and a value beyond the end of the data ends the directory.
  ///
  /// Source: [TIFF 6.0](https://www.itu.int/itudoc/itu-t/com16/tiff-fx/docs/tiff6.pdf), section 2.
  static func tag(inEXIF data: Span<UInt8>) -> Int? {
    let prefix = PhotoMetadata.exifPrefix
    let start = data.starts(with: prefix) ? data.matches(prefix, at: 6) ? 12 : 6 : 0
    let tiff = data.extracting(start...)
    if tiff.isEmpty { return nil }
    let isLittle: Bool
    switch tiff.bigEndian(at: 0, bytes: 4) {
    // The second value of each pair violates the standard, but Pillow accepts it.
    case 0x4949_2A00, 0x4949_002A: isLittle = true
    case 0x4D4D_002A, 0x4D4D_2A00: isLittle = false
    default: return 0
    }
    func integer(at offset: Int, bytes: Int) -> Int? {
      isLittle
        ? tiff.littleEndian(at: offset, bytes: bytes) : tiff.bigEndian(at: offset, bytes: bytes)
    }
    guard let directory = integer(at: 4, bytes: 4) else { return 0 }
    guard let entries = integer(at: directory, bytes: 2) else { return nil }
    var known: Set<Int> = []
    var outside = 0
    for index in 0..<entries {
      let entry = directory + 2 + 12 * index
      guard let tag = integer(at: entry, bytes: 2), let type = integer(at: entry + 2, bytes: 2),
        let count = integer(at: entry + 4, bytes: 4), let offset = integer(at: entry + 8, bytes: 4)
      else { return nil }
      guard !known.contains(tag), let size = size(ofType: type), count > 0 else { continue }
      var place = entry + 8
      if size * count > 4 {
        outside += size * count
        if outside > tiff.count { continue }
        guard size * count <= tiff.count - offset else { return nil }
        place = offset
      }
      if tag == 0x0112 { return isInteger(type) ? integer(at: place, bytes: size) : 0 }
      known.insert(tag)
    }
    return nil
  }

  /// Returns the bytes of one value of a TIFF type, or nil for an unknown type.
  private static func size(ofType type: Int) -> Int? {
    switch type {
    case 1, 2, 6, 7: 1
    case 3, 8: 2
    case 4, 9, 11, 13: 4
    case 5, 10, 12, 16: 8
    default: nil
    }
  }

  /// Returns whether a TIFF type is an integer: SHORT and LONG and, beyond the standard, their
  /// relatives.
  private static func isInteger(_ type: Int) -> Bool { [3, 4, 6, 8, 9, 13, 16].contains(type) }

  /// Returns the digit of the first `tiff:Orientation="6"` or `<tiff:Orientation>6`.
  static func attribute(inXMP xmp: Span<UInt8>) -> Int? {
    let name = Array("tiff:Orientation".utf8)
    guard xmp.count > name.count else { return nil }
    for start in 0..<(xmp.count - name.count) where xmp.matches(name, at: start) {
      let end = start + name.count
      let value = xmp.matches(Array("=\"".utf8), at: end) ? end + 2 : end + 1
      guard value == end + 2 || xmp[end] == UInt8(ascii: ">"), value < xmp.count,
        case let digit = xmp[value], UInt8(ascii: "0")...UInt8(ascii: "9") ~= digit
      else { continue }
      return Int(digit - UInt8(ascii: "0"))
    }
    return nil
  }
}
