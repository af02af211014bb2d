/// A string in a JSON body, not copied yet.
struct JSONString {
  /// The bytes between the quotation marks.
  let bytes: ArraySlice<UInt8>
  let hasEscapes: Bool

  /// Returns the bytes with their escapes resolved; nil for an invalid escape and for a control
  /// character.
  ///
  /// Source: [RFC 8259](https://www.rfc-editor.org/rfc/rfc8259#section-7), 7.
  func unescaped() -> ArraySlice<UInt8>? {
    guard hasEscapes else { return bytes.allSatisfy { $0 >= 0x20 } ? bytes : nil }
    var (result, rest): ([UInt8], _) = ([], bytes)
    result.reserveCapacity(bytes.count)
    while let byte = rest.popFirst() {
      guard byte >= 0x20 else { return nil }
      guard byte == UInt8(ascii: "\\") else {
        result.append(byte)
        continue
      }
      switch rest.popFirst() {
      case .some(let byte) where "\"\\/".utf8.contains(byte): result.append(byte)
      case UInt8(ascii: "b"): result.append(0x08)
      case UInt8(ascii: "t"): result.append(0x09)
      case UInt8(ascii: "n"): result.append(0x0A)
      case UInt8(ascii: "f"): result.append(0x0C)
      case UInt8(ascii: "r"): result.append(0x0D)
      case UInt8(ascii: "u"):
        guard let scalar = Self.scalar(&rest) else { return nil }
        result += UTF8.encode(scalar)!
      default: return nil
      }
    }
    return result[...]
  }

  /// Takes the digits of `\u00e4`, or of a pair such as `\ud83d\ude00`; nil for others.
  private static func scalar(_ rest: inout ArraySlice<UInt8>) -> Unicode.Scalar? {
    guard let unit = unit(&rest) else { return nil }
    if let scalar = Unicode.Scalar(unit) { return scalar }
    guard UTF16.isLeadSurrogate(unit), rest.popFirst() == UInt8(ascii: "\\"),
      rest.popFirst() == UInt8(ascii: "u"), let second = Self.unit(&rest),
      UTF16.isTrailSurrogate(second)
    else { return nil }
    return UTF16.decode(UTF16.EncodedScalar([unit, second]))
  }

  private static func unit(_ rest: inout ArraySlice<UInt8>) -> UInt16? {
    var unit: UInt16 = 0
    for _ in 0..<4 {
      guard let value = rest.popFirst()?.hexadecimalValue else { return nil }
      unit = unit << 4 | UInt16(value)
    }
    return unit
  }

  /// Returns the text.
  ///
  /// - Parameter what: The key in quotation marks, for messages.
  /// - Throws: ``RequestError`` with status 400 for an invalid escape, for a control character, and
  ///   for text that is not UTF-8.
  func text(what: String) throws(RequestError) -> String {
    guard let bytes = unescaped(), let text = String(validating: bytes, as: UTF8.self) else {
      throw RequestError(
        status: 400, message: "the body is not JSON: the string for \(what) is invalid")
    }
    return text
  }

  /// Decodes a photo: base64, or a URL such as `data:image/png;base64,iVBO…`.
  ///
  /// - Throws: ``RequestError`` with status 400 that names the first wrong character.
  func photo(of key: String) throws(RequestError) -> [UInt8] {
    func refuse(_ reason: String) -> RequestError {
      RequestError(status: 400, message: "\(key.inQuotes) \(reason)")
    }
    // Some programs write "/" as "\/", and others "+" as "\u002b".
    var text = hasEscapes ? unescaped() ?? bytes : bytes
    let scheme = String(decoding: text.prefix(8), as: UTF8.self).lowercased()
    if scheme.hasPrefix("http:") || scheme.hasPrefix("https:") {
      throw refuse("is an address; the server does not download, so send the photo itself")
    }
    if scheme.hasPrefix("data:") {
      let head = text.prefix(256)
      guard let comma = head.firstIndex(of: UInt8(ascii: ",")),
        String(decoding: head[..<comma], as: UTF8.self).lowercased().hasSuffix(";base64")
      else { throw refuse("is a data URL without ';base64,'") }
      text = text[(comma + 1)...]
    }
    do { return try Base64.decoded(text) } catch {
      switch text.dropFirst(error.place).first {
      case UInt8(ascii: "\n"), UInt8(ascii: "\r"):
        throw refuse(
          "is not base64: character \(error.place) is a line break; use one line (base64 -w 0)")
      case UInt8(ascii: "-"), UInt8(ascii: "_"):
        throw refuse("is base64 for URLs; use the alphabet with '+' and '/'")
      case nil, UInt8(ascii: "="):
        throw refuse("is not base64: its length \(text.count) or its padding with '=' is wrong")
      default:
        throw refuse("is not base64: character \(error.place) is not one of its alphabet")
      }
    }
  }
}
