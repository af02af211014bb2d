internal import EfficientNetSystem

/// Numbers in the notation of reports and messages.
extension Double {
  /// Returns the number with the given digits after the point and grouped thousands, such as
  /// "1,286.9" for 1286.92 and one digit; "–" if it is not finite.
  package func fixed(_ digits: Int) -> String {
    decimal(digits) { $0.grouped } ?? (isFinite ? scientific(3) : "–")
  }

  /// Returns the number with the given digits after the point, such as "1286.9" for 1286.92 and one
  /// digit.
  package func formatted(digits: Int) -> String { decimal(digits) { "\($0)" } ?? "\(self)" }

  /// Returns the number rounded to the given digits after the point, a half away from 0; nil from
  /// 10¹⁵ units of the last digit on.
  ///
  /// 100 · 253 / 400 is 63.25, but 63.249999999999993 in binary. So numbers that are less than the
  /// error of a few operations below a half are rounded like the half.
  private func decimal(_ digits: Int, whole: (Int) -> String) -> String? {
    let scale = pow(10, Double(digits))
    let exact = magnitude * scale
    let scaled = (exact + min(1e-6, exact * 1e-11)).rounded()
    guard scaled < 1e15 else { return nil }
    let sign = self < 0 && scaled > 0 ? "-" : ""
    guard digits > 0 else { return sign + whole(Int(scaled)) }
    let (units, rest) = Int(scaled).quotientAndRemainder(dividingBy: Int(scale))
    return "\(sign)\(whole(units)).\(String(Int(scale) + rest).dropFirst())"
  }

  /// Returns the number with at least `count` significant digits and all digits before the point:
  /// "0.0123" for 0.01234 and 3.
  package func formatted(significant count: Int) -> String {
    var (digits, rest) = (count - 1, magnitude)
    while rest >= 10, digits > 0 { (digits, rest) = (digits - 1, rest / 10) }
    // More digits would show only zeros.
    while rest > 0, rest < 1, digits < 12 { (digits, rest) = (digits + 1, rest * 10) }
    return rest > 0 && rest < 1 ? "\(self)" : formatted(digits: digits)
  }

  /// The number with the fewest digits that identify it: "1", "0.25".
  package var shortest: String {
    let text = "\(self)"
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }

  /// The number with its unit, millions from a hundred thousand and thousands of millions from 10⁹
  /// on, otherwise unchanged: "385.8 M", "37.75 G", "12,345", "0.5000".
  package var abbreviated: String {
    if self >= 1e9 { return "\((self / 1e9).formatted(significant: 4)) G" }
    if self >= 1e6 { return "\((self / 1e6).formatted(significant: 4)) M" }
    if self >= 1e5 { return "\((self / 1e3).formatted(significant: 4)) k" }
    return self == rounded() ? Int(self).grouped : formatted(significant: 4)
  }

  /// Returns the number in percent, such as "91.3 %" for 0.913; a half is rounded up.
  package func percent(_ digits: Int = 1) -> String {
    isFinite ? "\((100 * self).fixed(digits))\u{A0}%" : "–"
  }

  /// Returns the number rounded to the given significant digits, in decimal or scientific notation:
  /// "0.016", "3.2e-5", "1,200".
  package func significant(_ digits: Int = 3) -> String {
    guard isFinite else { return "–" }
    guard self != 0 else { return "0" }
    guard 1e-4..<1e6 ~= magnitude else { return scientific(digits) }
    let exponent = Int(log10(magnitude).rounded(.down))
    // The last digits of a large number are zeros.
    let unit = pow(10, Double(max(0, exponent + 1 - digits)))
    let rounded = unit > 1 ? (self / unit).rounded() * unit : self
    let text = rounded.fixed(max(0, digits - 1 - exponent))
    guard text.contains(".") else { return text }
    let trimmed = text.reversed().drop { $0 == "0" }.drop { $0 == "." }
    return String(trimmed.reversed())
  }

  /// Returns the number in scientific notation, such as "3.2e-5" with two digits.
  package func scientific(_ digits: Int) -> String {
    guard self != 0 else { return "0" }
    var exponent = Int(log10(magnitude).rounded(.down))
    // In two steps: 10 to −320 is not a normal number.
    var mantissa = self / pow(10, Double(exponent / 2)) / pow(10, Double(exponent - exponent / 2))
    let scale = pow(10, Double(digits - 1))
    mantissa = (mantissa * scale).rounded() / scale
    if mantissa.magnitude >= 10 { (mantissa, exponent) = (mantissa / 10, exponent + 1) }
    return "\(mantissa.significant(digits))e\(exponent)"
  }

  /// Seconds as a time: "42 s", "12 min 5 s", "3 h 20 min".
  package var duration: String {
    guard isFinite, self >= 0, self < 1e9 else { return "–" }
    let whole = Int(rounded())
    if whole < 60 { return self < 10 ? "\(fixed(1)) s" : "\(whole) s" }
    if whole < 3600 { return "\(whole / 60) min \(whole % 60) s" }
    return "\((whole / 3600).grouped) h \(whole / 60 % 60) min"
  }

  /// Seconds as a time in whole units, rounded up: "42 s", "12 min", "3 h 20 min"; "forever" if the
  /// time is unknown.
  package var roughDuration: String {
    guard self < 1e9 else { return "forever" }
    let whole = Int(rounded(.up))
    if whole < 100 { return "\(whole) s" }
    let minutes = (whole + 59) / 60
    return minutes < 100 ? "\(minutes) min" : "\(minutes / 60) h \(minutes % 60) min"
  }
}

extension Double? {
  package func percent(_ digits: Int = 1) -> String { self?.percent(digits) ?? "–" }
}

extension [Int] {
  /// The numbers with hyphens, such as "1-2-2".
  package var dashed: String { map(String.init).joined(separator: "-") }
}

extension Int {
  /// The number with grouped thousands, such as "5,288,548".
  package var grouped: String {
    guard magnitude >= 1000 else { return "\(self)" }
    return "\((self / 1000).grouped),\(String(1000 + magnitude % 1000).dropFirst())"
  }

  /// Returns the number with a noun, such as "1 class" and "12 classes".
  package func counted(_ one: String, _ many: String) -> String {
    "\(grouped) \(self == 1 ? one : many)"
  }

  /// Returns a part of a total with a noun, which agrees with the total, and a verb, which agrees
  /// with the part: "1 of 9 networks is", "2 of 9 networks are", "1 of 1 network is".
  package func counted(
    of total: Int, _ one: String, _ many: String, verb: (one: String, many: String) = ("is", "are")
  ) -> String {
    "\(grouped) of \(total.counted(one, many)) \(self == 1 ? verb.one : verb.many)"
  }
}
