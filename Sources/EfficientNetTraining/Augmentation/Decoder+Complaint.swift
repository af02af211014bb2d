extension Decoder {
  /// Throws a `DecodingError` if there is something to complain about.
  func refuse(_ complaint: String?) throws {
    guard let complaint else { return }
    throw DecodingError.dataCorrupted(
      .init(codingPath: codingPath, debugDescription: complaint))
  }
}

extension ClosedRange<Double> {
  /// For messages: "0.08 to 1.0".
  var text: String { "\(lowerBound) to \(upperBound)" }
}
