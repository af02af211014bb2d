internal import EfficientNet

extension WeightTensor {
  /// Returns the tensor with 8 bits for each weight and a scale for each output, the first axis.
  ///
  /// - Parameters:
  ///   - meanSquares: The mean squares of the inputs, the second axis; nil if all inputs are alike.
  ///   - clips: Whether a scale may be smaller than the largest weight needs, where the outputs'
  ///     squared error is then less.
  func rounded(meanSquares: [Double]?, clips: Bool) -> WeightTensor {
    let outputs = shape[0]
    let perOutput = elements.count / max(outputs, 1)
    let taps = meanSquares.map { perOutput / max($0.count, 1) } ?? perOutput
    let importance = meanSquares ?? [1]
    var codes: [Int8] = []
    codes.reserveCapacity(elements.count)
    let scales = (0..<outputs).map { output in
      let weights = elements[output * perOutput..<(output + 1) * perOutput]
      let largest = weights.reduce(0) { max($0, abs($1)) }
      // Any scale fits an output whose weights are all 0, up to rounding.
      guard largest > 1e-30 else { return Float(1) }
      var (best, leastError) = (largest / 127, Double.infinity)
      for step in 0...(clips ? 20 : 0) {
        let scale = largest / 127 * (1 - Float(step) * 0.01)
        var error = 0.0
        for (k, weight) in weights.enumerated() {
          let difference = Double(weight - Float(Self.code(weight, scale)) * scale)
          error += importance[k / taps] * difference * difference
        }
        if error < leastError { (best, leastError) = (scale, error) }
      }
      return best
    }
    for output in 0..<outputs {
      codes += elements[output * perOutput..<(output + 1) * perOutput]
        .map { Self.code($0, scales[output]) }
    }
    return WeightTensor(shape: shape, codes: codes, scales: scales)
  }

  private static func code(_ weight: Float, _ scale: Float) -> Int8 {
    Int8(min(max((weight / scale).rounded(.toNearestOrEven), -127), 127))
  }
}
