package import EfficientNetCompute

extension Graph {
  /// Returns the output shape of every node for an input of the given shape.
  package func shapes(input: Shape) -> [Shape] {
    var shapes: [Shape] = []
    shapes.reserveCapacity(nodes.count)
    for node in nodes {
      var shape = node.inputs.first.map { shapes[$0] } ?? input
      switch node.operation {
      case .input, .batchNorm, .activation, .scale, .dropout, .stochasticDepth:
        break
      case .add:
        precondition(shape == shapes[node.inputs[1]], "\(node.name) adds different shapes")
      case .convolution(let c), .depthwiseConvolution(let c), .averagePool(let c):
        precondition(shape.c == c.inputs, "\(node.name) takes \(c.inputs) channels, not \(shape.c)")
        shape.h = c.padding.extent(size: shape.h, kernel: c.kernel, stride: c.stride).outputs
        shape.w = c.padding.extent(size: shape.w, kernel: c.kernel, stride: c.stride).outputs
        shape.c = c.outputs
      case .globalAveragePool:
        (shape.h, shape.w) = (1, 1)
      case .linear(let inputs, let outputs):
        precondition(shape.c == inputs, "\(node.name) takes \(inputs) features, not \(shape.c)")
        shape.c = outputs
      }
      shapes.append(shape)
    }
    return shapes
  }

  /// The number of trainable parameters, as papers count them.
  package var parameterCount: Int {
    parameters.reduce(0) { $0 + ($1.isTrainable ? $1.count : 0) }
  }

  /// Returns the multiply-accumulate operations of each node for an input of the given shape.
  ///
  /// Convolutions and fully connected layers count; batch norm, activations, pooling, gates and
  /// sums do not. A MAC is one multiplication and one addition; the paper calls it a FLOP.
  package func multiplyAdds(input: Shape) -> [Int] {
    let shapes = shapes(input: input)
    return zip(nodes, shapes).map { node, shape in
      switch node.operation {
      case .convolution(let c): shape.count * c.inputs * c.kernel * c.kernel
      case .depthwiseConvolution(let c): shape.count * c.kernel * c.kernel
      case .linear(let inputs, _): shape.count * inputs
      case .input, .averagePool, .batchNorm, .activation, .globalAveragePool, .scale, .add,
        .dropout, .stochasticDepth:
        0
      }
    }
  }
}
