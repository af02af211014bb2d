extension Double {
  /// For instance "86.9" for 86.92 with one digit after the point.
  func formatted(digits: Int) -> String {
    var scale = 1.0
    for _ in 0..<digits { scale *= 10 }
    let scaled = (abs(self) * scale).rounded()
    guard scaled < 1e15 else { return "\(self)" }
    let whole = Int(scaled)
    let sign = self < 0 && whole > 0 ? "-" : ""
    guard digits > 0 else { return "\(sign)\(whole)" }
    let fraction = String(whole % Int(scale))
    let zeros = String(repeating: "0", count: digits - fraction.count)
    return "\(sign)\(whole / Int(scale)).\(zeros)\(fraction)"
  }
}

extension Int {
  /// For instance "1 class" and "12 classes".
  func counted(_ one: String, _ many: String) -> String { "\(grouped) \(self == 1 ? one : many)" }

  /// For instance "5,288,548".
  var grouped: String {
    var result = ""
    for (index, digit) in String(magnitude).reversed().enumerated() {
      if index > 0, index % 3 == 0 { result.append(",") }
      result.append(digit)
    }
    return (self < 0 ? "-" : "") + String(result.reversed())
  }
}

extension Double {
  /// The fewest digits that give the number again: "1", "0.25".
  var shortest: String {
    let text = "\(self)"
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }

  /// As many digits as it takes for `count` of them to count: "0.0123" for 0.01234 and 3; all before the point.
  func formatted(significant count: Int) -> String {
    var (digits, rest) = (count - 1, abs(self))
    while rest >= 10, digits > 0 { (digits, rest) = (digits - 1, rest / 10) }
    // Beyond that only zeros would be seen.
    while rest > 0, rest < 1, digits < 12 { (digits, rest) = (digits + 1, rest * 10) }
    return rest > 0 && rest < 1 ? "\(self)" : formatted(digits: digits)
  }

  /// In millions from a hundred thousand on, else as it is: "385.8 M", "12,345", "0.5000".
  var inMillions: String {
    if self >= 1e5 { return "\((self / 1e6).formatted(significant: 4)) M" }
    return self == rounded() ? Int(self).grouped : formatted(significant: 4)
  }
}
