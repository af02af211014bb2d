/// Finding the EXIF data of a file, and the orientation in it.
///
/// Whatever is malformed reads as "no orientation": a photo is not refused for the notes of its camera.
/// Only EXIF is read: JPEG's segment APP1, PNG's chunk eXIf, WebP's chunk EXIF; not the XMP form of the tag.
extension Orientation {
  /// The orientation that the file states, or nothing.
  init?(in file: Span<UInt8>, format: ImageFormat) {
    let region: Range<Int>? =
      switch format {
      case .jpeg: Self.exifInJPEG(file)
      case .png: Self.exifInPNG(file)
      case .webP: Self.exifInWebP(file)
      }
    guard let region else { return nil }
    self.init(tiff: file.extracting(region))
  }

  /// Reads a TIFF header and the tag 0x0112 of its first directory.
  ///
  /// Source: [TIFF 6.0](https://www.itu.int/itudoc/itu-t/com16/tiff-fx/docs/tiff6.pdf), section 2.
  init?(tiff: Span<UInt8>) {
    let isLittle = tiff.starts(with: [0x49, 0x49, 0x2A, 0x00])
    guard isLittle || tiff.starts(with: [0x4D, 0x4D, 0x00, 0x2A]) else { return nil }
    func integer(at offset: Int, bytes: Int) -> Int? {
      isLittle
        ? tiff.littleEndian(at: offset, bytes: bytes) : tiff.bigEndian(at: offset, bytes: bytes)
    }
    guard let directory = integer(at: 4, bytes: 4),
      let entries = integer(at: directory, bytes: 2)
    else { return nil }
    for index in 0..<entries {
      let entry = directory + 2 + 12 * index
      guard let tag = integer(at: entry, bytes: 2), let type = integer(at: entry + 2, bytes: 2)
      else { return nil }
      guard tag == 0x0112 else { continue }
      let bytes = type == 4 ? 4 : 2  // LONG, against the rules, or SHORT
      guard let value = integer(at: entry + 8, bytes: bytes) else { return nil }
      self.init(rawValue: value)
      return
    }
    return nil
  }

  /// The TIFF part of the first EXIF segment before the picture.
  private static func exifInJPEG(_ file: Span<UInt8>) -> Range<Int>? {
    var offset = 2
    while file.matches([0xFF], at: offset), let marker = file.bigEndian(at: offset + 1, bytes: 1) {
      if marker == 0xFF {  // a fill byte
        offset += 1
        continue
      }
      guard marker != 0xDA, let length = file.bigEndian(at: offset + 2, bytes: 2), length >= 2
      else { return nil }
      let end = offset + 2 + length
      guard end <= file.count else { return nil }
      if marker == 0xE1, length >= 8, file.matches(Array("Exif\0\0".utf8), at: offset + 4) {
        return (offset + 10)..<end
      }
      offset = end
    }
    return nil
  }

  /// The chunk eXIf.
  private static func exifInPNG(_ file: Span<UInt8>) -> Range<Int>? {
    var offset = 8
    while let length = file.bigEndian(at: offset, bytes: 4), length <= file.count - offset - 8 {
      if file.matches(Array("eXIf".utf8), at: offset + 4) {
        return (offset + 8)..<(offset + 8 + length)
      }
      offset += 12 + length
    }
    return nil
  }

  /// The chunk EXIF, past the "Exif\0\0" that some programs put before it.
  private static func exifInWebP(_ file: Span<UInt8>) -> Range<Int>? {
    var offset = 12
    while let length = file.littleEndian(at: offset + 4, bytes: 4),
      length <= file.count - offset - 8
    {
      let (start, end) = (offset + 8, offset + 8 + length)
      if file.matches(Array("EXIF".utf8), at: offset) {
        let skipsPrefix = length >= 6 && file.matches(Array("Exif\0\0".utf8), at: start)
        return (skipsPrefix ? start + 6 : start)..<end
      }
      offset = end + length % 2
    }
    return nil
  }
}

extension Span<UInt8> {
  /// The integer at `offset`, or nothing where it would reach past the end.
  func bigEndian(at offset: Int, bytes: Int) -> Int? {
    guard offset >= 0, bytes <= count - offset else { return nil }
    return (0..<bytes).reduce(0) { $0 << 8 | Int(self[offset + $1]) }
  }

  /// The integer at `offset`, or nothing where it would reach past the end.
  func littleEndian(at offset: Int, bytes: Int) -> Int? {
    guard offset >= 0, bytes <= count - offset else { return nil }
    return (0..<bytes).reduce(0) { $0 | Int(self[offset + $1]) << (8 * $1) }
  }
}
