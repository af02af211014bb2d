package import EfficientNetCompute

extension Graph {
  /// The shape of every node's value, for an input of the given shape.
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
}
