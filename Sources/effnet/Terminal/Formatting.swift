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
  /// The fewest digits that give the number again, at least one after the point: "1.0", "0.25".
  var shortest: String { "\(self)" }
}
