internal import EfficientNetCompute

extension JSONReader {
  /// Reads a whole number that its type can hold.
  package mutating func integer<Value: FixedWidthInteger>(
    _ type: Value.Type = Value.self
  ) throws(RequestError) -> Value {
    let number = try number()
    let value: Value? =
      if number.isShort {
        Value(exactly: number.isNegative ? -Int128(number.digits) : Int128(number.digits))
      } else {
        Value(text(of: number))
      }
    guard number.isWhole, let value else {
      throw .invalid(
        "\(quoted(number)) is not a whole number from \(Value.min) to \(Value.max)")
    }
    return value
  }

  /// Reads a number as the nearest float, ties to even.
  package mutating func float() throws(RequestError) -> Float {
    let number = try number()
    if let value = number.float { return value }
    return try finite(Float(text(of: number)), number)
  }

  /// Reads a number as the nearest double, ties to even.
  package mutating func double() throws(RequestError) -> Double {
    let number = try number()
    if let value = number.double { return value }
    return try finite(Double(text(of: number)), number)
  }

  private func finite<Value: BinaryFloatingPoint>(
    _ value: Value?, _ number: JSONNumber
  ) throws(RequestError) -> Value {
    guard let value, value.isFinite else {
      throw .invalid(
        "\(quoted(number)) is too large; the largest number is \(Value.greatestFiniteMagnitude)")
    }
    return value
  }

  private func text(of number: JSONNumber) -> String {
    String(decoding: bytes[number.start..<number.end], as: UTF8.self)
  }

  private func quoted(_ number: JSONNumber) -> String { "'\(text(of: number).shortened(to: 40))'" }

  /// Reads a number without rounding it.
  mutating func number() throws(RequestError) -> JSONNumber {
    _ = peek()
    let number = try number(at: position)
    position = number.end
    return number
  }

  private func number(at start: Int) throws(RequestError) -> JSONNumber {
    let text = bytes.span.extracting(..<end)
    var number = JSONNumber(start: start)
    var index = start
    if index < end, text[index] == UInt8(ascii: "-") {
      number.isNegative = true
      index += 1
    }
    var first = index
    try digits(in: text, &index, into: &number.digits, "a number")
    if text[first] == UInt8(ascii: "0"), index > first + 1 {
      throw unexpected("a number without zeros in front", at: first)
    }
    number.count = text[first] == UInt8(ascii: "0") ? 0 : index - first
    if index < end, text[index] == UInt8(ascii: ".") {
      number.isWhole = false
      index += 1
      first = index
      // Zeros in front do not count.
      if number.count == 0 {
        while index < end, text[index] == UInt8(ascii: "0") { index += 1 }
      }
      let significant = index
      try digits(in: text, &index, from: first, into: &number.digits)
      number.count += index - significant
      number.exponent = first - index
    }
    if index < end, text[index] | 0x20 == UInt8(ascii: "e") {
      number.isWhole = false
      index += 1
      var sign = 1
      if index < end, text[index] == UInt8(ascii: "-") || text[index] == UInt8(ascii: "+") {
        sign = text[index] == UInt8(ascii: "-") ? -1 : 1
        index += 1
      }
      let first = index
      var exponent: UInt64 = 0
      try digits(in: text, &index, into: &exponent)
      // A number with a long exponent is found from its text.
      number.exponent += index - first < 8 ? sign * Int(exponent) : 1_000_000
    }
    number.end = index
    return number
  }

  /// Appends digits to a number, of which the last 19 are exact. At least one must follow the index
  /// `start`; nil for the current index.
  @inline(__always)
  private func digits(
    in text: Span<UInt8>, _ index: inout Int, from start: Int? = nil, into number: inout UInt64,
    _ expected: @autoclosure () -> String = "a digit"
  ) throws(RequestError) {
    let start = start ?? index
    while index + 8 <= text.count, let value = eightDigits(text.bytes.littleEndian(at: index)) {
      number = number &* 100_000_000 &+ value
      index += 8
    }
    while index < text.count {
      let digit = text[index] &- UInt8(ascii: "0")
      guard digit < 10 else { break }
      number = number &* 10 &+ UInt64(digit)
      index += 1
    }
    guard index > start else { throw unexpected(expected(), at: index) }
  }
}

/// Returns the number of eight digits, the first in the lowest byte; nil if a byte is not a digit.
///
/// Neighbours are joined three times: 8 digits, 4 numbers to 99, 2 numbers to 9999, one number.
///
/// Source: Lemire 2022, [Quickly parsing eight
/// digits](https://lemire.me/blog/2022/01/21/swar-explained-parsing-eight-digits/).
@inline(__always)
private func eightDigits(_ text: UInt64) -> UInt64? {
  let isDigits = (text & (text &+ 0x0606_0606_0606_0606)) & 0xF0F0_F0F0_F0F0_F0F0
  guard isDigits == 0x3030_3030_3030_3030 else { return nil }
  var value = text &- 0x3030_3030_3030_3030
  value = (value &* 10 &+ value >> 8) & 0x00FF_00FF_00FF_00FF
  value = (value &* 100 &+ value >> 16) & 0x0000_FFFF_0000_FFFF
  return (value &* 10_000 &+ value >> 32) & 0xFFFF_FFFF
}
