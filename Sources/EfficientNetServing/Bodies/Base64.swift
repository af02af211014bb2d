internal import FoundationEssentials

/// Base64 with its standard alphabet and padding, in one line.
///
/// Source: [RFC 4648](https://www.rfc-editor.org/rfc/rfc4648#section-4), 4.
enum Base64 {
  /// A text that is not base64.
  struct Problem: Error {
    /// The place of the first byte that is not a digit; the count of the text without one.
    let place: Int
  }

  static func decoded(_ text: ArraySlice<UInt8>) throws(Problem) -> [UInt8] {
    // Foundation also decodes "====".
    if text.dropLast(2).last != UInt8(ascii: "="), let bytes = Data(base64Encoded: Data(text)) {
      return Array(bytes)
    }
    throw Problem(
      place: text.prefix { $0.isAlphanumeric || $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "/") }
        .count)
  }
}
