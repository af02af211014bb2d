internal import EfficientNetCompute
internal import EfficientNetSystem

func gaussian(_ x: Double) -> Double { exp(-x * x / 2) }

extension Tensor {
  /// The image after a Gaussian filter; edge pixels are repeated.
  func blurred(sigma: Float) -> Tensor {
    let reach = max(1, Int((3 * sigma).rounded(.up)))
    var weights = (-reach...reach).map { offset in
      Float(gaussian(Double(offset) / Double(sigma)))
    }
    let sum = weights.reduce(0, +)
    weights = weights.map { $0 / sum }
    return filtered(weights, reach, across: true).filtered(weights, reach, across: false)
  }

  private func filtered(_ weights: [Float], _ reach: Int, across: Bool) -> Tensor {
    let (width, height, channels) = (shape.w, shape.h, shape.c)
    var result = [Float](repeating: 0, count: shape.count)
    var output = result.mutableSpan
    let input = elements.span
    for row in 0..<height {
      for column in 0..<width {
        let place = (row * width + column) * channels
        for (tap, weight) in weights.enumerated() {
          let h = across ? row : min(max(row + tap - reach, 0), height - 1)
          let w = across ? min(max(column + tap - reach, 0), width - 1) : column
          let source = (h * width + w) * channels
          for c in 0..<channels { output[place + c] += weight * input[source + c] }
        }
      }
    }
    return Tensor(shape: shape, elements: result)
  }
}
