/// A number of JSON as it is written: `±digits · 10^exponent`, and the indices of its text.
struct JSONNumber {
  let start: Int
  var end: Int
  var isNegative = false
  /// Whether the text has neither a point nor an exponent.
  var isWhole = true
  /// The digits as a number; without meaning if they are not short.
  var digits: UInt64 = 0
  /// The number of digits after leading zeros.
  var count = 0
  var exponent = 0

  init(start: Int) { (self.start, end) = (start, start) }

  /// Whether ``digits`` holds all digits. A longer number must be found from its text.
  var isShort: Bool { count <= 19 }

  /// The nearest float; nil if it must be found from the text.
  ///
  /// In doubles, the product of digits and power has an error of at most 3 units in the last place:
  /// one each from rounding the digits, the power and the product. All doubles within that distance
  /// round to the same float, unless the middle between two floats lies among them.
  var float: Float? {
    guard isShort else { return nil }
    if digits == 0 { return isNegative ? -0.0 : 0 }
    guard -60...38 ~= exponent else { return nil }
    let power = Self.powers[abs(exponent)]
    let value = exponent < 0 ? Double(digits) / power : Double(digits) * power
    let isNormal = 0x1p-125...0x1p127 ~= value
    // The bits of the double that a float does not have.
    let rest = Int(value.bitPattern & 0x1FFF_FFFF)
    guard isNormal, abs(rest - 0x1000_0000) > 8 else { return nil }
    return isNegative ? -Float(value) : Float(value)
  }

  /// The nearest double; nil if it must be found from the text. The digits and the power are exact
  /// here, so there is one rounding.
  var double: Double? {
    guard isShort else { return nil }
    if digits == 0 { return isNegative ? -0.0 : 0 }
    guard digits < 1 << 53, -22...22 ~= exponent else { return nil }
    let power = Self.powers[abs(exponent)]
    let value = exponent < 0 ? Double(digits) / power : Double(digits) * power
    return isNegative ? -value : value
  }

  /// 10⁰ to 10⁶⁰, rounded to the nearest double; exact up to 10²².
  private static let powers: [Double] = (0...60).map { Double("1e\($0)") ?? .infinity }
}
