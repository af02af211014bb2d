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

extension ClosedRange<Double> {
  /// For messages: "0.08 to 1.0".
  var text: String { "\(lowerBound) to \(upperBound)" }
}
