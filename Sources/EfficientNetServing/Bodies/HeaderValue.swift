/// A header's value with parameters, such as `form-data; name="photo"; filename="cat.jpg"`.
///
/// In quotation marks, a backslash stands before a quotation mark or a backslash; before other
/// characters it is kept, since old browsers send Windows paths.
///
/// Source: [RFC 9110](https://www.rfc-editor.org/rfc/rfc9110#section-5.6.6), 5.6.6.
struct HeaderValue {
  /// The part before the parameters, in lower case.
  let value: String
  /// The parameters by their names in lower case.
  private(set) var parameters: [String: String] = [:]

  /// Parses a value.
  ///
  /// - Parameter header: The header's name, for messages.
  /// - Throws: ``RequestError`` with status 400 for another form and for repeated parameters.
  init(_ bytes: some Sequence<UInt8>, of header: String) throws(RequestError) {
    var rest = Array(bytes)[...]
    value = Self.text(Self.take(&rest) { $0 != UInt8(ascii: ";") }).lowercased()
    while rest.popFirst() != nil {
      _ = Self.take(&rest, while: \.isBlank)
      // A semicolon may be the last character.
      if rest.isEmpty || rest.first == UInt8(ascii: ";") { continue }
      let name = Self.text(Self.take(&rest) { $0 != UInt8(ascii: "=") && $0 != UInt8(ascii: ";") })
        .lowercased()
      guard rest.popFirst() == UInt8(ascii: "="), !name.isEmpty else {
        throw RequestError(
          status: 400, message: "\(header) has a parameter \(name.inQuotes) without a value")
      }
      guard let value = Self.value(&rest) else {
        throw RequestError(
          status: 400,
          message: "\(header) has a parameter \(name.inQuotes) with misplaced quotation marks")
      }
      guard parameters.updateValue(value, forKey: name) == nil else {
        throw RequestError(status: 400, message: "\(header) has \(name.inQuotes) twice")
      }
    }
  }

  /// Takes a parameter's value and the blanks after it; nil if quotation marks are misplaced.
  private static func value(_ rest: inout ArraySlice<UInt8>) -> String? {
    _ = take(&rest, while: \.isBlank)
    guard rest.first == UInt8(ascii: "\"") else {
      let bytes = take(&rest) { $0 != UInt8(ascii: ";") }
      return bytes.contains(UInt8(ascii: "\"")) ? nil : text(bytes)
    }
    rest.removeFirst()
    var bytes: [UInt8] = []
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "\"") {
        _ = take(&rest, while: \.isBlank)
        return rest.isEmpty || rest.first == UInt8(ascii: ";")
          ? String(decoding: bytes, as: UTF8.self) : nil
      }
      if byte == UInt8(ascii: "\\"), let next = rest.first, "\"\\".utf8.contains(next) {
        bytes.append(next)
        rest.removeFirst()
      } else {
        bytes.append(byte)
      }
    }
    return nil
  }

  private static func take(
    _ rest: inout ArraySlice<UInt8>, while isTaken: (UInt8) -> Bool
  ) -> ArraySlice<UInt8> {
    let taken = rest.prefix(while: isTaken)
    rest.removeFirst(taken.count)
    return taken
  }

  /// Returns the text without the blanks around it.
  private static func text(_ bytes: ArraySlice<UInt8>) -> String {
    var bytes = bytes.drop(while: \.isBlank)
    while let last = bytes.last, last.isBlank { bytes.removeLast() }
    return String(decoding: bytes, as: UTF8.self)
  }
}
