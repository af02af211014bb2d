internal import EfficientNetSystem

/// A value with numbers that must lie in ranges.
protocol Checkable {
  /// The first number out of its range, with the range, as a message; nil if all are valid.
  var complaint: String? { get }
}

extension Checkable {
  /// Stops the process with a message if ``complaint`` is not nil.
  func check() {
    let complaint = complaint
    require(complaint == nil, complaint ?? "")
  }
}

extension Double {
  /// A message about a share that must be at least 0 and below 1; nil if it is valid.
  func complaint(asShareOf name: String) -> String? {
    self >= 0 && self < 1 ? nil : "\(name) is \(self); it must be at least 0 and below 1"
  }
}

extension ClosedRange<Double> {
  /// A message about a range of shares of a picture's pixels; nil if the range is valid.
  func complaint(asAreaOf name: String) -> String? {
    lowerBound > 0 && upperBound <= 1
      ? nil : "\(name) is \(lowerBound) to \(upperBound); it must be above 0 and at most 1"
  }

  /// A message about a range of aspect ratios; nil if the range is valid.
  func complaint(asRatioOf name: String) -> String? {
    lowerBound > 0 && upperBound.isFinite
      ? nil : "\(name) is \(lowerBound) to \(upperBound); it must be above 0 and finite"
  }
}
