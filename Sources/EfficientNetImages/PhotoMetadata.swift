/// The EXIF data and the XMP packet of a picture's file, read from the places where Pillow looks
/// for an orientation.
///
/// Where Pillow refuses a picture because of damaged metadata, the metadata counts as missing
/// instead: the pixels are still good.
///
/// Source: `getexif` and the readers of JPEG, PNG and WebP in
/// [Pillow](https://github.com/python-pillow/Pillow/tree/main/src/PIL) 13.0.
struct PhotoMetadata {
  /// The EXIF data: a TIFF file, behind no, one or two prefixes "Exif\0\0".
  private(set) var exif: [UInt8]?
  /// The XMP packet: an XML text.
  private(set) var xmp: [UInt8]?

  /// The largest number of bytes that the reader copies out of a file; the search ends there.
  static let limit = 1 << 24

  static let exifPrefix = Array("Exif\0\0".utf8)

  /// Reads the metadata of a file. A damaged file has the metadata before the damage.
  init(of file: Span<UInt8>, format: ImageFormat) {
    switch format {
    case .jpeg: readJPEG(file)
    case .png: (exif, xmp) = PNGMetadata(of: file).found
    case .webP: readWebP(file)
    }
  }

  /// Reads the APP1 segments before the picture. EXIF segments are joined; of several XMP segments,
  /// the last one counts.
  private mutating func readJPEG(_ file: Span<UInt8>) {
    let xmpPrefix = Array("http://ns.adobe.com/xap/1.0/\0".utf8)
    var copied = 0
    var offset = 2
    while let marker = file.bigEndian(at: offset, bytes: 2) {
      switch marker {
      case ..<0xFF00, 0xFFFF:  // a stray byte, or a fill byte
        offset += 1
      case 0xFF00, 0xFF01, 0xFFD0...0xFFD9, 0xFFF0...0xFFFD:  // no length follows
        offset += 2
      case 0xFFDA:  // the picture
        return
      default:
        guard let length = file.bigEndian(at: offset + 2, bytes: 2), length >= 2,
          case let end = offset + 2 + length, end <= file.count
        else { return }
        if marker == 0xFFE1 {
          copied += length
          guard copied <= Self.limit else { return }
          let segment = file.extracting((offset + 4)..<end)
          if segment.starts(with: Self.exifPrefix) {
            if exif == nil {
              exif = segment.copied
            } else {
              // Append in place: a file may have a million segments.
              exif?.append(contentsOf: segment.extracting(Self.exifPrefix.count...).copied)
            }
          } else if segment.starts(with: xmpPrefix) {
            xmp = segment.extracting(xmpPrefix.count...).copied
          }
        }
        offset = end
      }
    }
  }

  /// Reads the first chunks EXIF and XMP if the chunk VP8X announces them.
  ///
  /// Source:
  /// [WebP Container Specification](https://developers.google.com/speed/webp/docs/riff_container).
  private mutating func readWebP(_ file: Span<UInt8>) {
    guard file.matches(Array("VP8X".utf8), at: 12),
      let flags = file.littleEndian(at: 20, bytes: 1),
      let size = file.littleEndian(at: 4, bytes: 4)
    else { return }
    let file = file.extracting(..<min(file.count, 8 + size))
    func chunk(_ name: String) -> [UInt8]? {
      let name = Array(name.utf8)
      var offset = 12
      while let length = file.littleEndian(at: offset + 4, bytes: 4),
        length <= file.count - offset - 8
      {
        if file.matches(name, at: offset) {
          guard 1...Self.limit ~= length else { return nil }
          return file.extracting((offset + 8)..<(offset + 8 + length)).copied
        }
        offset += 8 + length + length % 2
      }
      return nil
    }
    if flags & 0x08 != 0 { exif = chunk("EXIF") }
    if flags & 0x04 != 0 { xmp = chunk("XMP ") }
  }
}

extension Span<UInt8> {
  /// Returns the big-endian integer at `offset`, or nil if it would reach past the end.
  func bigEndian(at offset: Int, bytes: Int) -> Int? {
    guard offset >= 0, bytes <= count - offset else { return nil }
    return (0..<bytes).reduce(0) { $0 << 8 | Int(self[offset + $1]) }
  }

  /// Returns the little-endian integer at `offset`, or nil if it would reach past the end.
  func littleEndian(at offset: Int, bytes: Int) -> Int? {
    guard offset >= 0, bytes <= count - offset else { return nil }
    return (0..<bytes).reduce(0) { $0 | Int(self[offset + $1]) << (8 * $1) }
  }

  var copied: [UInt8] {
    [UInt8](capacity: count) { output in for index in indices { output.append(self[index]) } }
  }
}
