/// Something whose numbers have ranges.
protocol Checkable {
  /// What is wrong with the numbers, and what they may be; nil if nothing.
  var complaint: String? { get }
}

extension Checkable {
  /// Traps if there is something to complain about.
  func check() {
    if let complaint { preconditionFailure(complaint) }
  }
}

extension Double {
  /// A complaint about a share of something that is never all of it; nil if the number is valid.
  func complaint(asShareOf name: String) -> String? {
    self >= 0 && self < 1 ? nil : "\(name) is \(self); it may be 0..<1"
  }
}

extension ClosedRange<Double> {
  /// A complaint about a range of shares of a picture's pixels; nil if the range is valid.
  func complaint(asAreaOf name: String) -> String? {
    lowerBound > 0 && upperBound <= 1
      ? nil : "\(name) is \(lowerBound) to \(upperBound); it may be from above 0 to 1"
  }

  /// A complaint about a range of ratios of a rectangle's sides; nil if the range is valid.
  func complaint(asRatioOf name: String) -> String? {
    lowerBound > 0 && upperBound.isFinite
      ? nil : "\(name) is \(lowerBound) to \(upperBound); it may be any above 0"
  }
}
