extension JSONReader {
  /// Reads a string.
  package mutating func string() throws(RequestError) -> String {
    String(decoding: try stringBytes(), as: UTF8.self)
  }

  /// Reads a string as its UTF-8 bytes, which are a part of the text if the string has no escapes.
  package mutating func stringBytes() throws(RequestError) -> ArraySlice<UInt8> {
    guard peek() == UInt8(ascii: "\"") else { throw unexpected("a string") }
    position += 1
    let start = position
    var isASCII = true
    while position < end {
      let byte = bytes[position]
      switch byte {
      case UInt8(ascii: "\""):
        let string = bytes[start..<position]
        if !isASCII { try checkUTF8(string, at: start) }
        position += 1
        return string
      case UInt8(ascii: "\\"): return try unescaped(from: start)
      case 0..<0x20: throw unexpected("an escape such as \\n in place of the control character")
      default: isASCII = isASCII && byte < 0x80
      }
      position += 1
    }
    throw unexpected("'\"', the end of the string,")
  }

  /// Reads the rest of a string from its first escape on.
  private mutating func unescaped(from start: Int) throws(RequestError) -> ArraySlice<UInt8> {
    var string = Array(bytes[start..<position])
    while position < end {
      let byte = bytes[position]
      switch byte {
      case UInt8(ascii: "\""):
        try checkUTF8(string[...], at: start)
        position += 1
        return string[...]
      case UInt8(ascii: "\\"): try appendEscape(to: &string)
      case 0..<0x20: throw unexpected("an escape such as \\n in place of the control character")
      default:
        string.append(byte)
        position += 1
      }
    }
    throw unexpected("'\"', the end of the string,")
  }

  private mutating func appendEscape(to string: inout [UInt8]) throws(RequestError) {
    let escape = position + 1 < end ? bytes[position + 1] : 0
    let byte: UInt8
    switch escape {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): byte = escape
    case UInt8(ascii: "b"): byte = 0x08
    case UInt8(ascii: "f"): byte = 0x0C
    case UInt8(ascii: "n"): byte = 0x0A
    case UInt8(ascii: "r"): byte = 0x0D
    case UInt8(ascii: "t"): byte = 0x09
    case UInt8(ascii: "u"):
      string += String(try escapedScalar()).utf8
      return
    default: throw unexpected("an escape of JSON (\\\" \\\\ \\/ \\b \\f \\n \\r \\t \\u)")
    }
    string.append(byte)
    position += 2
  }

  /// Reads `\u` with four digits, or two of them that are a surrogate pair.
  private mutating func escapedScalar() throws(RequestError) -> Unicode.Scalar {
    let first = codeUnit(at: position)
    if let first, let scalar = Unicode.Scalar(first) {
      position += 6
      return scalar
    }
    guard let first, 0xD800..<0xDC00 ~= first,
      let second = codeUnit(at: position + 6), 0xDC00..<0xE000 ~= second,
      let scalar = Unicode.Scalar(
        0x10000 + (UInt32(first) - 0xD800) << 10 + (UInt32(second) - 0xDC00))
    else { throw unexpected("\\u with four digits, or a pair of surrogates") }
    position += 12
    return scalar
  }

  /// The value of `\uXXXX` at an index; nil if something else is there.
  private func codeUnit(at index: Int) -> UInt16? {
    guard index + 6 <= end, bytes[index] == UInt8(ascii: "\\"),
      bytes[index + 1] == UInt8(ascii: "u")
    else { return nil }
    var value: UInt16 = 0
    for byte in bytes[(index + 2)..<(index + 6)] {
      guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { return nil }
      value = value << 4 | UInt16(digit)
    }
    return value
  }

  private func checkUTF8(_ string: ArraySlice<UInt8>, at start: Int) throws(RequestError) {
    guard (try? UTF8Span(validating: string.span)) != nil else {
      throw .invalid("the string at byte \(start) is not UTF-8; send other bytes as binary data")
    }
  }
}
