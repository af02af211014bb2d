internal import EfficientNetSystem

extension [Double] {
  /// The place of the largest number, the first one of several.
  var firstIndexOfMaximum: Int? { indices.max { self[$0] < self[$1] } }
}

/// The natural logarithm, at least that of the smallest number, so that a probability of zero gives no infinity.
func finiteLog(_ x: Double) -> Double {
  log(max(x, .leastNonzeroMagnitude))
}
