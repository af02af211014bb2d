internal import EfficientNetSystem

extension [Double] {
  /// Positive numbers in the proportion of the exponentials, which add up to 1.
  package var softmax: [Double] {
    let largest = self.max() ?? 0
    let powers = map { exp($0 - largest) }
    let sum = powers.reduce(0, +)
    return powers.map { $0 / sum }
  }
}
