package import EfficientNet

extension Formula {
  /// One tensor of a Keras layer, named "layer/variable", in Keras' shape.
  package static func kerasTensor(_ name: String, shape: [Int], isDepthwise: Bool) -> WeightTensor {
    let unit = unit(name, count: shape.reduce(1, *))
    let elements: [Float]
    switch name.split(separator: "/").last ?? "" {
    case "beta", "bias", "moving_mean": elements = unit.map { Float(0.25 * $0) }
    case "moving_variance": elements = unit.map { Float(1 + 0.5 * $0) }
    case "gamma": elements = unit.map { Float(1 + 0.25 * $0) }
    default:
      let filter = isDepthwise ? shape.prefix(2) : shape.dropLast()
      let scale = (4 / Double(filter.reduce(1, *))).squareRoot()
      elements = unit.map { Float($0 * scale) }
    }
    return WeightTensor(shape: shape, elements: elements)
  }
}
