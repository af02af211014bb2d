public import EfficientNetCompute

extension Graph {
  /// Parameters that training changes by gradient: what papers count.
  package var parameterCount: Int {
    parameters.reduce(0) { $0 + ($1.isTrainable ? $1.count : 0) }
  }

  /// Multiply-accumulate operations of each node for an input of the given shape.
  ///
  /// Convolutions and fully connected layers count, as in the paper, which calls one of them a FLOP;
  /// batch norm, activations, pooling, gates and sums do not.
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

extension Architecture {
  /// One image as the network takes it.
  public var inputShape: Shape {
    Shape(n: 1, h: resolution, w: resolution, c: inputChannels)
  }
}
