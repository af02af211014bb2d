internal import EfficientNetSystem

extension [Double] {
  /// Positive numbers in the proportion of the exponentials, which add up to 1.
  var softmax: [Double] {
    let largest = self.max() ?? 0
    let powers = map { exp($0 - largest) }
    let sum = powers.reduce(0, +)
    return powers.map { $0 / sum }
  }

  /// The place of the largest number, the first one of several.
  var firstIndexOfMaximum: Int? {
    indices.reduce(nil) { best, index in
      guard let best else { return index }
      return self[index] > self[best] ? index : best
    }
  }
}

/// The natural logarithm, at least that of the smallest number, so that a probability of zero gives no infinity.
func finiteLog(_ x: Double) -> Double {
  log(max(x, .leastNonzeroMagnitude))
}

extension Double {
  /// The number to the power of a whole one that is not negative.
  func power(_ exponent: Int) -> Double {
    (0..<exponent).reduce(1) { product, _ in product * self }
  }
}
