/// Reads the JSON of a request, value by value: the caller reads what it wants and skips the rest.
///
///     var reader = JSONReader(body)
///     try reader.object { reader, key throws(RequestError) in
///       if key == "id" { id = try reader.string() } else { try reader.skip() }
///     }
///     try reader.finish()
///
/// No tree is built, so a request takes no more memory than its body and what the caller keeps.
/// Skipped values are checked like the others: the text must be JSON in UTF-8, the fields of an
/// object must differ. The errors have status 400.
///
/// Source: [RFC 8259](https://www.rfc-editor.org/rfc/rfc8259).
package struct JSONReader: Sendable {
  /// The text and what surrounds it.
  let bytes: [UInt8]
  /// The index of the next byte.
  var position: Int
  /// The index after the text.
  let end: Int
  private let limits: JSONLimits
  private var depth = 0

  /// Creates a reader.
  ///
  /// - Parameters:
  ///   - bytes: Bytes that contain the text.
  ///   - range: The indices of the text; nil for all bytes.
  ///   - limits: The limits of the text.
  package init(_ bytes: [UInt8], in range: Range<Int>? = nil, limits: JSONLimits = JSONLimits()) {
    self.bytes = bytes
    self.limits = limits
    let range = range ?? bytes.indices
    (position, end) = (range.lowerBound, range.upperBound)
  }

  /// Returns a reader of the value that begins at an index, after this reader has skipped it.
  func again(at index: Int) -> JSONReader { JSONReader(bytes, in: index..<end, limits: limits) }

  /// Reads an object. The closure reads the value of each field.
  package mutating func object(
    _ field: (inout JSONReader, String) throws(RequestError) -> Void
  ) throws(RequestError) {
    try open("{", "an object")
    defer { depth -= 1 }
    if take("}") { return }
    var keys: Set<String> = []
    repeat {
      guard peek() == UInt8(ascii: "\"") else { throw unexpected("a field in quotation marks") }
      let key = try string()
      guard keys.insert(key).inserted else {
        throw .invalid("the field \(RequestError.quoted(key)) is given twice; remove one of them")
      }
      guard keys.count <= limits.fields else {
        throw .invalid("an object has more than \(limits.fields) fields; send fewer")
      }
      guard take(":") else { throw unexpected("':'") }
      try field(&self, key)
    } while take(",")
    guard take("}") else { throw unexpected("',' or '}'") }
  }

  /// Reads an array. The closure reads each element.
  package mutating func array(
    _ element: (inout JSONReader) throws(RequestError) -> Void
  ) throws(RequestError) {
    try open("[", "an array")
    defer { depth -= 1 }
    if take("]") { return }
    repeat { try element(&self) } while take(",")
    guard take("]") else { throw unexpected("',' or ']'") }
  }

  /// Reads true or false.
  package mutating func boolean() throws(RequestError) -> Bool {
    if peek() == UInt8(ascii: "t"), takeWord("true") { return true }
    if peek() == UInt8(ascii: "f"), takeWord("false") { return false }
    throw unexpected("true or false")
  }

  /// Reads null if it is next, and returns whether it was.
  package mutating func null() -> Bool { peek() == UInt8(ascii: "n") && takeWord("null") }

  /// Checks the next value and ignores it.
  package mutating func skip() throws(RequestError) {
    switch peek() {
    case UInt8(ascii: "{"):
      try object { (reader, _) throws(RequestError) in try reader.skip() }
    case UInt8(ascii: "["): try array { (reader) throws(RequestError) in try reader.skip() }
    case UInt8(ascii: "\""): _ = try stringBytes()
    case UInt8(ascii: "t"), UInt8(ascii: "f"): _ = try boolean()
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): _ = try number()
    default:
      guard null() else { throw unexpected("a value") }
    }
  }

  /// Finds the end of a list, without a check of its elements, for a caller that reads the list later.
  /// Other values are checked.
  mutating func skipList() throws(RequestError) {
    guard peek() == UInt8(ascii: "[") else {
      try skip()
      return
    }
    var depth = 0
    repeat {
      position = mark(from: position)
      guard position < end else { throw unexpected("']', the end of a list,") }
      switch bytes[position] {
      case UInt8(ascii: "["): depth += 1
      case UInt8(ascii: "]"): depth -= 1
      default:
        _ = try stringBytes()
        continue
      }
      position += 1
    } while depth > 0
  }

  /// The index of the next square bracket or quotation mark; the end if there is none.
  private func mark(from start: Int) -> Int {
    let text = bytes.span
    var index = start
    while index < end {
      switch text[index] {
      case UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "\""): return index
      default: index += 1
      }
    }
    return index
  }

  /// Checks that only white space follows.
  package mutating func finish() throws(RequestError) {
    _ = peek()
    guard position == end else { throw unexpected("the end") }
  }

  /// The next byte that is not white space, which stays the next; 0 at the end.
  mutating func peek() -> UInt8 {
    while position < end {
      let byte = bytes[position]
      switch byte {
      case 0x20, 0x09, 0x0A, 0x0D: position += 1
      default: return byte
      }
    }
    return 0
  }

  /// Returns the error that something else is next than expected, or at an index.
  func unexpected(_ expected: String, at index: Int? = nil) -> RequestError {
    let index = index ?? position
    guard index < end else {
      return .invalid("the JSON ends at byte \(index), where \(expected) must follow")
    }
    let text = String(decoding: bytes[index..<min(end, index + 12)], as: UTF8.self)
    // Some clients write these words, also -Infinity.
    let isNaN = text.hasPrefix("NaN") || text.hasPrefix("Infinity")
    return .invalid(
      "the JSON has \(RequestError.quoted(text)) at byte \(index), where \(expected) must follow"
        + (isNaN ? "; send null, because JSON has no NaN" : ""))
  }

  private mutating func open(_ bracket: UnicodeScalar, _ kind: String) throws(RequestError) {
    guard take(bracket) else { throw unexpected(kind) }
    guard depth < limits.depth else {
      throw .invalid("the JSON is nested in more than \(limits.depth) levels; send flat data")
    }
    depth += 1
  }

  private mutating func take(_ scalar: UnicodeScalar) -> Bool {
    guard peek() == UInt8(ascii: scalar) else { return false }
    // At the end, `peek` returns 0, which is not asked for.
    position += 1
    return true
  }

  private mutating func takeWord(_ word: StaticString) -> Bool {
    let length = word.utf8CodeUnitCount
    guard end - position >= length,
      bytes[position..<(position + length)].elementsEqual(word.description.utf8)
    else { return false }
    position += length
    return true
  }
}

/// The limits of the JSON of a request.
package struct JSONLimits: Hashable, Sendable {
  /// The most levels of objects and arrays within each other. A level takes some hundred bytes of
  /// the thread's stack.
  package var depth = 64
  /// The most fields of an object.
  package var fields = 1000

  /// Creates the standard limits.
  package init() {}
}
