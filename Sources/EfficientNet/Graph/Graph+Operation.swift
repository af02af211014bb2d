package import EfficientNetCompute

extension Graph {
  /// The operation of a node of a `Graph`. The set is closed: code that consumes a graph switches
  /// over all cases.
  package enum Operation: Hashable, Sendable {
    case input
    /// A convolution with a square filter over all channels.
    case convolution(Convolution)
    /// A convolution with one square filter per channel; input and output channels are equal.
    case depthwiseConvolution(Convolution)
    /// The mean of the pixels under a square filter, channel by channel; zeros outside count. Equal
    /// to a depthwise convolution without bias whose weights are all 1 / kernel².
    case averagePool(Convolution)
    /// `y = (x − mean) / √(variance + epsilon) · weight + bias`, channel by channel.
    case batchNorm(channels: Int, epsilon: Double)
    /// A function of every element.
    case activation(Activation)
    /// The mean over height and width: (n, h, w, c) → (n, 1, 1, c).
    case globalAveragePool
    /// The gate of squeeze-and-excitation: the first input times the second, (n, 1, 1, c).
    case scale
    case add
    /// In training, replaces this share of the elements with zeros; otherwise the identity.
    case dropout(rate: Double)
    /// In training, replaces this share of the images of a batch with zeros and scales the others
    /// up to keep the mean; otherwise the identity.
    ///
    /// Source: Huang et al. 2016, [Deep Networks with Stochastic
    /// Depth](https://arxiv.org/abs/1603.09382).
    case stochasticDepth(rate: Double)
    /// `y = x · weightᵀ + bias` on (n, 1, 1, inputs).
    case linear(inputs: Int, outputs: Int)
  }
}

/// The settings of a convolution: input and output channels, side of the filter, stride and
/// padding.
package struct Convolution: Hashable, Sendable {
  package var inputs, outputs, kernel, stride: Int
  package var padding: Padding
  package var hasBias: Bool

  package init(
    inputs: Int, outputs: Int, kernel: Int, stride: Int, padding: Padding, hasBias: Bool
  ) {
    (self.inputs, self.outputs, self.kernel) = (inputs, outputs, kernel)
    (self.stride, self.padding, self.hasBias) = (stride, padding, hasBias)
  }
}

/// A weight tensor of an operation.
package struct Parameter: Hashable, Sendable {
  /// The name in a weight file, for instance "conv_stem.weight".
  package let name: String
  /// The extents, in PyTorch's order: (output, input, height, width) for convolutions.
  package let shape: [Int]
  /// Whether training changes the tensor by gradient; the running statistics of batch norm are not
  /// trainable.
  package let isTrainable: Bool

  package var count: Int { shape.reduce(1, *) }
}

extension Graph.Operation {
  /// Returns the weight tensors of the operation, for a layer named `layer`.
  package func parameters(layer: String) -> [Parameter] {
    func parameter(_ leaf: String, _ shape: [Int], isTrainable: Bool = true) -> Parameter {
      Parameter(name: "\(layer).\(leaf)", shape: shape, isTrainable: isTrainable)
    }
    switch self {
    case .convolution(let c):
      let weight = parameter("weight", [c.outputs, c.inputs, c.kernel, c.kernel])
      return c.hasBias ? [weight, parameter("bias", [c.outputs])] : [weight]
    case .depthwiseConvolution(let c):
      let weight = parameter("weight", [c.outputs, 1, c.kernel, c.kernel])
      return c.hasBias ? [weight, parameter("bias", [c.outputs])] : [weight]
    case .batchNorm(let channels, _):
      return [
        parameter("weight", [channels]), parameter("bias", [channels]),
        parameter("running_mean", [channels], isTrainable: false),
        parameter("running_var", [channels], isTrainable: false),
      ]
    case .linear(let inputs, let outputs):
      return [parameter("weight", [outputs, inputs]), parameter("bias", [outputs])]
    case .input, .averagePool, .activation, .globalAveragePool, .scale, .add, .dropout,
      .stochasticDepth:
      return []
    }
  }
}
