/// The supported formats. The first bytes of a file identify them, never its name.
package enum ImageFormat: String, Hashable, Sendable {
  case jpeg = "JPEG"
  case png = "PNG"
  case webP = "WebP"

  /// The formats that this build reads, as in "is not a JPEG or PNG picture".
  static var readable: String {
    #if EFFNET_WEBP
      "JPEG, PNG or WebP"
    #else
      "JPEG or PNG"
    #endif
  }

  package init?(signatureOf bytes: Span<UInt8>) {
    if bytes.starts(with: [0xFF, 0xD8, 0xFF]) {
      self = .jpeg
    } else if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
      self = .png
    } else if bytes.starts(with: Array("RIFF".utf8)), bytes.matches(Array("WEBP".utf8), at: 8) {
      self = .webP
    } else {
      return nil
    }
  }
}

extension Span<UInt8> {
  func starts(with expected: [UInt8]) -> Bool { matches(expected, at: 0) }

  /// Returns whether `expected` stands at `offset`; false if it would reach past the end.
  func matches(_ expected: [UInt8], at offset: Int) -> Bool {
    guard offset >= 0, count - offset >= expected.count else { return false }
    for index in expected.indices where self[offset + index] != expected[index] { return false }
    return true
  }
}
