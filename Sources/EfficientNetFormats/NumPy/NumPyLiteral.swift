internal import EfficientNet

/// A parser of the Python dictionary in the header of an array file. It supports strings without
/// escapes, True and False, and tuples of nonnegative integers.
struct NumPyLiteral {
  enum Value: Equatable {
    case string(String)
    case bool(Bool)
    case tuple([Int])
    /// The fields of a structured array, which are not read.
    case list
  }

  private let bytes: [UInt8]
  private var position = 0

  /// Returns the dictionary that `bytes` represent, apart from white space.
  ///
  /// - Throws: ``FormatError/damaged(_:)``.
  static func dictionary(_ bytes: [UInt8]) throws(FormatError) -> [String: Value] {
    var literal = NumPyLiteral(bytes: bytes)
    return try literal.dictionary()
  }

  private mutating func dictionary() throws(FormatError) -> [String: Value] {
    var fields: [String: Value] = [:]
    try expect("{")
    while !take("}") {
      let key = try string()
      try expect(":")
      let value = try value()
      guard fields.updateValue(value, forKey: key) == nil else {
        throw damaged("it has \(WeightsError.quoted(key)) twice")
      }
      // Stop at a list, whose contents are not supported.
      if value == .list { return fields }
      if take(",") { continue }
      try expect("}")
      break
    }
    skipSpace()
    guard position == bytes.count else { throw unexpected() }
    return fields
  }

  private mutating func value() throws(FormatError) -> Value {
    skipSpace()
    switch bytes.dropFirst(position).first.map(UnicodeScalar.init) {
    case "'", "\"": return .string(try string())
    case "(": return .tuple(try tuple())
    case "[": return .list
    default:
      for (word, value) in [("True", true), ("False", false)]
      where bytes[position...].starts(with: word.utf8) {
        position += word.utf8.count
        return .bool(value)
      }
      throw unexpected()
    }
  }

  private mutating func string() throws(FormatError) -> String {
    skipSpace()
    guard let quote = bytes.dropFirst(position).first, [0x22, 0x27].contains(quote),
      let end = bytes[(position + 1)...].firstIndex(of: quote)
    else { throw unexpected() }
    let text = bytes[(position + 1)..<end]
    // A backslash would start an escape in Python; no key or type has one.
    guard text.allSatisfy({ (0x20..<0x7F).contains($0) && $0 != UInt8(ascii: "\\") }) else {
      throw unexpected()
    }
    position = end + 1
    return String(decoding: text, as: UTF8.self)
  }

  /// Reads a tuple: "()", "(3,)", "(3, 4)" or "(3, 4,)"; in Python, "(3)" is a number.
  private mutating func tuple() throws(FormatError) -> [Int] {
    try expect("(")
    var extents: [Int] = []
    while !take(")") {
      extents.append(try integer())
      guard extents.count <= 64 else { throw damaged("it has more than 64 dimensions") }
      if take(",") { continue }
      guard extents.count > 1, take(")") else { throw unexpected() }
      break
    }
    return extents
  }

  private mutating func integer() throws(FormatError) -> Int {
    skipSpace()
    let digits = bytes[position...].prefix { (0x30...0x39).contains($0) }
    guard !digits.isEmpty, digits.count == 1 || digits.first != 0x30 else { throw unexpected() }
    guard let value = Int(String(decoding: digits, as: UTF8.self)) else {
      throw damaged("it has an extent above \(Int.max)")
    }
    position = digits.endIndex
    return value
  }

  private mutating func skipSpace() {
    while position < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[position]) {
      position += 1
    }
  }

  private mutating func take(_ character: UnicodeScalar) -> Bool {
    skipSpace()
    guard position < bytes.count, UnicodeScalar(bytes[position]) == character else { return false }
    position += 1
    return true
  }

  private mutating func expect(_ character: UnicodeScalar) throws(FormatError) {
    guard take(character) else { throw unexpected() }
  }

  private func unexpected() -> FormatError {
    position < bytes.count
      ? damaged("it has an unexpected character at position \(position + 1)")
      : damaged("it ends too early")
  }

  private func damaged(_ reason: String) -> FormatError {
    .damaged("its header is not valid: \(reason)")
  }
}
