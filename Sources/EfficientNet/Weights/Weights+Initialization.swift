internal import EfficientNetCompute

extension Weights {
  /// Creates untrained weights for a network. The same seed gives the same weights.
  ///
  /// Filters are drawn from a normal distribution with variance 2 / (height · width · outputs),
  /// where a depthwise filter has one output. The classifier's weights are drawn uniformly from
  /// ±1/√classes. Biases are zero, and batch norm is the identity.
  ///
  /// Source: conv_kernel_initializer and dense_kernel_initializer of [the official
  /// code](https://github.com/tensorflow/tpu/tree/master/models/official/efficientnet),
  /// efficientnet_model.py.
  package init(untrained architecture: Architecture, seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    self.init(source: "untrained weights of \(architecture.name)")
    for node in Graph(architecture).nodes {
      for parameter in node.operation.parameters(layer: node.name) {
        let count = parameter.count
        let elements: [Float]
        switch (node.operation, parameter.name.split(separator: ".").last ?? "") {
        case (.linear(_, let outputs), "weight"):
          let bound = 1 / Float(outputs).squareRoot()
          elements = (0..<count).map { _ in Float.random(in: -bound...bound, using: &generator) }
        case (.convolution(let c), "weight"):
          elements = Self.filters(count, fanOut: c.kernel * c.kernel * c.outputs, using: &generator)
        case (.depthwiseConvolution(let c), "weight"):
          elements = Self.filters(count, fanOut: c.kernel * c.kernel, using: &generator)
        case (_, "weight"), (_, "running_var"):
          elements = Array(repeating: 1, count: count)
        default:
          elements = Array(repeating: 0, count: count)
        }
        tensors[parameter.name] = WeightTensor(shape: parameter.shape, elements: elements)
      }
    }
  }

  private static func filters(_ count: Int, fanOut: Int, using generator: inout SeededGenerator)
    -> [Float]
  {
    let deviation = (2 / Double(fanOut)).squareRoot()
    return (0..<count).map { _ in Float(deviation * generator.normal()) }
  }
}
