internal import CEfficientNetCodecs

/// The metadata in the chunks of a PNG file, before and behind the pixels. If a name occurs twice,
/// the last one counts.
///
/// - EXIF data: the chunk eXIf or the text "exif"; otherwise the text "Raw profile type exif",
///   which ImageMagick and exiftool write in hexadecimal digits.
/// - XMP: the text "XML:com.adobe.xmp".
struct PNGMetadata {
  private var exif: [UInt8]?
  private var rawProfile: [UInt8]?
  private var text: [UInt8]?
  /// The last international XMP text, even if it is not UTF-8.
  private var international: [UInt8]?
  /// The number of bytes copied or decompressed. Data that fails to decompress counts as
  /// ``textLimit`` bytes, its largest possible cost.
  private var copied = 0

  /// The largest size of a decompressed text, as in Pillow.
  private static let textLimit = 1 << 20

  private enum Key: String, CaseIterable {
    case exif
    case rawProfile = "Raw profile type exif"
    case xmp = "XML:com.adobe.xmp"

    static let bytes = allCases.map { (key: $0, name: Array($0.rawValue.utf8)) }
  }

  /// Damage that ends the search.
  private struct Stop: Error {}

  /// Reads the chunks up to the end, or up to the first incomplete chunk.
  init(of file: Span<UInt8>) {
    var offset = 8
    var hasPixels = false
    while let length = file.bigEndian(at: offset, bytes: 4),
      length <= file.count - offset - 8, let name = file.bigEndian(at: offset + 4, bytes: 4)
    {
      let data = file.extracting((offset + 8)..<(offset + 8 + length))
      do throws(Stop) {
        switch name {
        case 0x6558_4966:  // eXIf
          exif = try PhotoMetadata.exifPrefix + copy(data)
        case 0x7445_5874: try readText(data)  // tEXt
        case 0x7A54_5874: try readCompressedText(data)  // zTXt
        case 0x6954_5874: try readInternationalText(data)  // iTXt
        case 0x4944_4154: hasPixels = true  // IDAT
        case 0x6663_544C where hasPixels: return  // fcTL: the next picture of an animation
        case 0x4945_4E44: return  // IEND
        default: break
        }
      } catch {
        return
      }
      offset += 12 + length
    }
  }

  /// The EXIF data and the XMP packet that take precedence.
  var found: (exif: [UInt8]?, xmp: [UInt8]?) {
    (
      exif: exif ?? rawProfile.flatMap(Self.bytes(ofProfile:)),
      xmp: text.flatMap { $0.isEmpty ? nil : $0 } ?? international
    )
  }

  private mutating func copy(_ data: Span<UInt8>) throws(Stop) -> [UInt8] {
    copied += data.count
    guard copied <= PhotoMetadata.limit else { throw Stop() }
    return data.copied
  }

  /// Decompresses zlib data of up to ``textLimit`` bytes; nil if the data is damaged.
  private mutating func inflate(_ data: Span<UInt8>) throws(Stop) -> [UInt8]? {
    var count = 0
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: Self.textLimit) { target, initialized in
      unsafe data.withUnsafeBufferPointer { source in
        count = unsafe enc_inflate(
          source.baseAddress, source.count, target.baseAddress, target.count)
      }
      initialized = max(count, 0)
    }
    copied += count < 0 ? Self.textLimit : count
    guard copied <= PhotoMetadata.limit else { throw Stop() }
    return count < 0 ? nil : bytes
  }

  /// Returns the key of a text chunk and the start of its value behind the key and a zero; nil for
  /// other keys.
  private static func split(_ data: Span<UInt8>) -> (key: Key, valueStart: Int)? {
    for (key, name) in Key.bytes where data.starts(with: name) {
      if data.count == name.count { return (key, data.count) }
      if data[name.count] == 0 { return (key, name.count + 1) }
    }
    return nil
  }

  private mutating func readText(_ data: Span<UInt8>) throws(Stop) {
    guard let (key, start) = Self.split(data) else { return }
    let value = try copy(data.extracting(start...))
    switch key {
    case .exif: exif = value
    case .rawProfile: rawProfile = value
    case .xmp: text = value
    }
  }

  private mutating func readCompressedText(_ data: Span<UInt8>) throws(Stop) {
    guard let (key, start) = Self.split(data), key != .exif else { return }
    var value: [UInt8] = []
    if start < data.count {
      guard data[start] == 0 else { throw Stop() }  // an unknown method
      value = try inflate(data.extracting((start + 1)...)) ?? []
    }
    if key == .xmp { text = value } else { rawProfile = value }
  }

  /// Reads a chunk: key, zero, compression flag, method, language, zero, translated key, zero,
  /// text.
  private mutating func readInternationalText(_ data: Span<UInt8>) throws(Stop) {
    guard let (key, start) = Self.split(data), key != .exif, data.count - start >= 2 else { return }
    let language = data.extracting((start + 2)...)
    guard let languageEnd = language.indices.first(where: { language[$0] == 0 }) else { return }
    let translation = language.extracting((languageEnd + 1)...)
    guard let end = translation.indices.first(where: { translation[$0] == 0 }) else { return }
    let rest = translation.extracting((end + 1)...)
    let value: [UInt8]
    if data[start] == 0 {
      value = try copy(rest)
    } else {
      guard data[start + 1] == 0, let inflated = try inflate(rest) else { return }
      value = inflated
    }
    if key == .xmp { international = value }
    let words = try copy(language.extracting(..<(languageEnd + 1 + end)))
    guard String(validating: words, as: UTF8.self) != nil,
      String(validating: value, as: UTF8.self) != nil
    else { return }
    if key == .xmp { text = value } else { rawProfile = value }
  }

  /// Returns the bytes of a raw profile: three lines with its kind and length, then hexadecimal
  /// digits.
  private static func bytes(ofProfile text: [UInt8]) -> [UInt8]? {
    let newline = UInt8(ascii: "\n")
    let lines = text.split(separator: newline, maxSplits: 3, omittingEmptySubsequences: false)
    guard lines.count == 4 else { return [] }
    var bytes: [UInt8] = []
    var high: UInt8?
    for character in lines[3] where character != newline {
      let digit: UInt8
      switch character {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = character - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = character - UInt8(ascii: "a") + 10
      case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = character - UInt8(ascii: "A") + 10
      case 0x09...0x0D where high == nil, 0x20 where high == nil: continue
      default: return nil
      }
      if let first = high {
        bytes.append(first << 4 | digit)
        high = nil
      } else {
        high = digit
      }
    }
    return high == nil ? bytes : nil
  }
}
