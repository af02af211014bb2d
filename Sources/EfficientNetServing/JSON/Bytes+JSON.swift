internal import EfficientNetSystem

extension [UInt8] {
  /// Appends a text as a string of JSON. Control characters are escaped, also those that JSON
  /// allows, such as U+202E.
  mutating func append(json text: String) {
    self += "\"".utf8
    for scalar in text.unicodeScalars {
      if scalar == "\"" || scalar == "\\" {
        self += "\\\(scalar)".utf8
      } else if scalar.isControl {
        // All of them have at most four digits.
        self += "\\u\(String(0x10000 + scalar.value, radix: 16).dropFirst())".utf8
      } else {
        self += String(scalar).utf8
      }
    }
    self += "\"".utf8
  }

  /// Appends the shortest number that gives the same float again; null for NaN and infinities,
  /// which JSON does not have.
  mutating func append(json number: Float) {
    self += (number.isFinite ? number.description : "null").utf8
  }

  /// Appends a list of JSON values, which the closure appends one by one.
  mutating func append<Elements: Sequence>(
    list elements: Elements, _ append: (inout [UInt8], Elements.Element) -> Void
  ) {
    self += "[".utf8
    var isFirst = true
    for element in elements {
      if !isFirst { self += ",".utf8 }
      isFirst = false
      append(&self, element)
    }
    self += "]".utf8
  }

  /// Appends an integer, its least significant byte first.
  @inline(__always)
  mutating func append(littleEndian value: some FixedWidthInteger) {
    for shift in stride(from: 0, to: type(of: value).bitWidth, by: 8) {
      append(UInt8(truncatingIfNeeded: value >> shift))
    }
  }
}
