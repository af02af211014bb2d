/// Reads one JSON object with strings of megabytes in place: a decoder would copy each of them and
/// would build a map of everything in the body first.
///
/// Objects do not nest, so hostile depth is an error at once.
struct JSONScanner {
  private let bytes: [UInt8]
  private var index = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// Reads an object to the end of the body and calls `read` for each key.
  mutating func readObject(
    _ read: (inout JSONScanner, _ key: String) throws(RequestError) -> Void
  ) throws(RequestError) {
    try expect("{", "a JSON object")
    if next() != UInt8(ascii: "}") {
      repeat {
        let key = try string(what: "a key").text(what: "a key")
        try expect(":", "':' after \(key.inQuotes)")
        try read(&self, key)
      } while skip(",")
    }
    try expect("}", "',' or '}'")
    guard next() == nil else { throw refusal("the end of the body") }
  }

  /// Reads an array and calls `read` for each element.
  mutating func readArray(
    of key: String,
    _ read: (inout JSONScanner, _ index: Int) throws(RequestError) -> Void
  ) throws(RequestError) {
    try expect("[", "a list for \(key.inQuotes)")
    var count = 0
    if next() != UInt8(ascii: "]") {
      repeat {
        try read(&self, count)
        count += 1
      } while skip(",")
    }
    try expect("]", "',' or ']' in \(key.inQuotes)")
  }

  /// Reads a string.
  mutating func string(of key: String) throws(RequestError) -> JSONString {
    try string(what: key.inQuotes)
  }

  private mutating func string(what: String) throws(RequestError) -> JSONString {
    try expect("\"", "a string for \(what)")
    // The property is read once, which makes the loop faster.
    let (start, bytes) = (index, bytes)
    var (place, hasEscapes) = (start, false)
    while place < bytes.count, bytes[place] != UInt8(ascii: "\"") {
      let isEscape = bytes[place] == UInt8(ascii: "\\")
      if isEscape { hasEscapes = true }
      place += isEscape ? 2 : 1
    }
    if place < bytes.count {
      index = place + 1
      return JSONString(bytes: bytes[start..<place], hasEscapes: hasEscapes)
    }
    throw RequestError(
      status: 400, message: "the body is not JSON: the string for \(what) does not end")
  }

  /// Reads a string, a number, `true` or `false` as text.
  mutating func scalar(of key: String) throws(RequestError) -> String {
    if next() == UInt8(ascii: "\"") { return try string(of: key).text(what: key.inQuotes) }
    let token = bytes[index...].prefix {
      switch $0 {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
      default: "+-.E".utf8.contains($0)
      }
    }
    let text = String(decoding: token.prefix(32), as: UTF8.self)
    guard token.count <= 32,
      text.wholeMatch(of: /true|false|-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?/) != nil
    else { throw refusal("a string, a number, true or false for \(key.inQuotes)") }
    index = token.endIndex
    return text
  }

  /// Returns the next byte that is not white space, without taking it.
  private mutating func next() -> UInt8? {
    while index < bytes.count, " \t\r\n".utf8.contains(bytes[index]) { index += 1 }
    return index < bytes.count ? bytes[index] : nil
  }

  private mutating func skip(_ character: Unicode.Scalar) -> Bool {
    guard next() == UInt8(ascii: character) else { return false }
    index += 1
    return true
  }

  private mutating func expect(_ character: Unicode.Scalar, _ what: String) throws(RequestError) {
    guard skip(character) else { throw refusal(what) }
  }

  private func refusal(_ expected: String) -> RequestError {
    RequestError(
      status: 400, message: "the body is not the expected JSON: byte \(index) is not \(expected)")
  }
}
