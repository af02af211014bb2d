/// The value of a parameter of a request, an input or a requested output.
package enum ParameterValue: Hashable, Sendable {
  /// A text.
  case string(String)
  /// A number, rounded to a double.
  case number(Double)
  /// True or false.
  case bool(Bool)

  /// The number if it is whole and has at most 53 bits; otherwise nil.
  package var wholeNumber: Int? {
    guard case .number(let number) = self, abs(number) <= 0x1p53 else { return nil }
    return Int(exactly: number)
  }
}

extension ParameterValue: CustomStringConvertible {
  /// The value in JSON, for messages; long strings are shortened.
  package var description: String {
    switch self {
    case .string(let text): RequestError.quoted(text)
    case .number(let number): wholeNumber.map { "\($0)" } ?? "\(number)"
    case .bool(let bool): "\(bool)"
    }
  }
}

/// Parameters by their names.
package typealias Parameters = [String: ParameterValue]

extension JSONReader {
  /// Reads an object of parameters. The protocol knows strings, numbers and booleans as values;
  /// parameters that are null, an object or an array are ignored, as are unknown fields.
  mutating func parameters() throws(RequestError) -> Parameters {
    if null() { return [:] }
    var parameters: Parameters = [:]
    try object { (reader, key) throws(RequestError) in
      switch reader.peek() {
      case UInt8(ascii: "\""): parameters[key] = .string(try reader.string())
      case UInt8(ascii: "t"), UInt8(ascii: "f"): parameters[key] = .bool(try reader.boolean())
      case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
        parameters[key] = .number(try reader.double())
      default: try reader.skip()
      }
    }
    return parameters
  }
}

extension Parameters {
  /// Returns a parameter that is true or false; nil if it is absent.
  func bool(_ name: String) throws(RequestError) -> Bool? {
    switch self[name] {
    case .bool(let value): return value
    case nil: return nil
    case let value?: throw .invalid("\(name) is \(value); it must be true or false")
    }
  }

  /// Returns a parameter that is a whole number of at least `minimum`; nil if it is absent.
  func wholeNumber(_ name: String, atLeast minimum: Int) throws(RequestError) -> Int? {
    guard let value = self[name] else { return nil }
    guard let number = value.wholeNumber, number >= minimum else {
      throw .invalid("\(name) is \(value); it must be a whole number of at least \(minimum)")
    }
    return number
  }
}
