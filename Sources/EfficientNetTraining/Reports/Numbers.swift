internal import Glibc

/// Numbers as people read them.
extension Double {
  /// For instance "86.9" for 86.92 with one digit after the point; "–" for what is no finite number.
  package func fixed(_ digits: Int) -> String {
    let scale = pow(10, Double(digits))
    let scaled = (magnitude * scale).rounded()
    guard scaled < 1e15 else { return isFinite ? scientific(3) : "–" }
    let sign = self < 0 && scaled > 0 ? "-" : ""
    guard digits > 0 else { return sign + Int(scaled).grouped }
    let fraction = String(Int(scaled) % Int(scale))
    let zeros = String(repeating: "0", count: digits - fraction.count)
    return "\(sign)\((Int(scaled) / Int(scale)).grouped).\(zeros)\(fraction)"
  }

  /// For instance "91.3 %" for 0.913.
  package func percent(_ digits: Int = 1) -> String {
    isFinite ? "\((100 * self).fixed(digits))\u{A0}%" : "–"
  }

  /// Rounded to so many digits, in the shorter of two forms: "0.016", "3.2e-5", "1,200".
  package func significant(_ digits: Int = 3) -> String {
    guard isFinite else { return "–" }
    guard self != 0 else { return "0" }
    guard 1e-4..<1e6 ~= magnitude else { return scientific(digits) }
    let exponent = Int(log10(magnitude).rounded(.down))
    // Of large numbers the last digits before the point are zeros.
    let unit = pow(10, Double(max(0, exponent + 1 - digits)))
    let rounded = unit > 1 ? (self / unit).rounded() * unit : self
    let text = rounded.fixed(max(0, digits - 1 - exponent))
    guard text.contains(".") else { return text }
    let trimmed = text.reversed().drop { $0 == "0" }.drop { $0 == "." }
    return String(trimmed.reversed())
  }

  /// For instance "3.2e-5" with two digits.
  package func scientific(_ digits: Int) -> String {
    guard self != 0 else { return "0" }
    var exponent = Int(log10(magnitude).rounded(.down))
    // In two steps: 10 to −320 is no normal number.
    var mantissa = self / pow(10, Double(exponent / 2)) / pow(10, Double(exponent - exponent / 2))
    let scale = pow(10, Double(digits - 1))
    mantissa = (mantissa * scale).rounded() / scale
    if mantissa.magnitude >= 10 { (mantissa, exponent) = (mantissa / 10, exponent + 1) }
    return "\(mantissa.significant(digits))e\(exponent)"
  }

  /// Seconds as "42 s", "12 min 5 s", "3 h 20 min".
  package var duration: String {
    guard isFinite, self >= 0, self < 1e9 else { return "–" }
    let whole = Int(rounded())
    if whole < 60 { return self < 10 ? "\(fixed(1)) s" : "\(whole) s" }
    if whole < 3600 { return "\(whole / 60) min \(whole % 60) s" }
    return "\((whole / 3600).grouped) h \(whole / 60 % 60) min"
  }
}

extension Double? {
  /// As of a number; "–" for none.
  package func percent(_ digits: Int = 1) -> String { self?.percent(digits) ?? "–" }
}

extension Int {
  /// For instance "5,288,548".
  package var grouped: String {
    var result = ""
    let digits = String(magnitude)
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index) % 3 == 0 { result.append(",") }
      result.append(digit)
    }
    return (self < 0 ? "-" : "") + result
  }
}
