public import EfficientNetCompute

/// The description of a network: everything that determines its layers and its arithmetic, but no
/// weights.
///
///     let b0 = try Variant(named: "b0").architecture
///     NetworkCost(b0).macs   // 385,814,752
///
/// Source: Tan & Le 2019, [EfficientNet](https://arxiv.org/abs/1905.11946), table 1.
///
/// `effnet models --model b0 --json` prints an architecture as JSON, and `--model my.json` reads
/// one.
public struct Architecture: Hashable, Sendable {
  /// The name of the variant, or a name of your choice.
  public var name: String
  /// The side of the input image in pixels.
  public var resolution: Int
  /// The channels of the input image; 3 for RGB.
  public var inputChannels: Int
  /// The output channels of the first convolution, 3×3 with stride 2.
  public var stem: Int
  /// The stages, runs of equal blocks between stem and head.
  public var stages: [Stage]
  /// The output channels of the last convolution, which is 1×1. If nil, there is no such
  /// convolution, and the output of the last stage is pooled.
  public var head: Int?
  /// The outputs of the classifier; 0 for no classifier: then the network's output is its pooled
  /// features.
  public var classes: Int
  /// The activation after all convolutions and after the squeeze.
  public var activation: Activation
  /// The share of features that training drops before the classifier, at least 0 and below 1.
  public var dropout: Double
  /// The share of images for which training drops the residual branch of the last block (1 −
  /// survival probability). The share falls linearly to zero at the first block.
  public var stochasticDepth: Double
  /// The epsilon that batch norm adds to the variance.
  public var batchNormEpsilon: Double
  /// The share of the running statistics that a training step keeps, as in TensorFlow; PyTorch's
  /// momentum is one minus this.
  public var batchNormMomentum: Double
  /// How convolutions pad the edges of their input.
  public var padding: Padding
  /// Whether convolutions followed by batch norm have a bias.
  public var convolutionBias: Bool

  /// Creates the description of a network. ``validate()`` checks it.
  ///
  /// - Parameters:
  ///   - name: The name, 1 to 200 characters.
  ///   - resolution: The side of the input image in pixels, 1 to 8192.
  ///   - inputChannels: The channels of the input image, 1 to 1024.
  ///   - stem: The output channels of the first convolution, 1 to 16,384.
  ///   - stages: The stages, 1 to 64.
  ///   - head: The output channels of the last convolution, 1 to 16,384, or nil for none.
  ///   - classes: The outputs of the classifier, 0 to 1,000,000; 0 for no classifier.
  ///   - activation: The activation after all convolutions.
  ///   - dropout: The share of features that training drops, at least 0 and below 1.
  ///   - stochasticDepth: The share of images for which training drops the last block's residual
  ///     branch, at least 0 and below 1.
  ///   - batchNormEpsilon: The epsilon of batch norm, above 0 and below 1.
  ///   - batchNormMomentum: The share of the running statistics that a step keeps, at least 0 and
  ///     below 1.
  ///   - padding: How convolutions pad the edges.
  ///   - convolutionBias: Whether convolutions followed by batch norm have a bias.
  public init(
    name: String, resolution: Int, inputChannels: Int = 3, stem: Int, stages: [Stage], head: Int?,
    classes: Int = 1000, activation: Activation, dropout: Double, stochasticDepth: Double = 0,
    batchNormEpsilon: Double = 1e-3, batchNormMomentum: Double = 0.99, padding: Padding = .same,
    convolutionBias: Bool = false
  ) {
    (self.name, self.resolution, self.inputChannels) = (name, resolution, inputChannels)
    (self.stem, self.stages, self.head, self.classes) = (stem, stages, head, classes)
    (self.activation, self.dropout) = (activation, dropout)
    self.stochasticDepth = stochasticDepth
    (self.batchNormEpsilon, self.batchNormMomentum) = (batchNormEpsilon, batchNormMomentum)
    (self.padding, self.convolutionBias) = (padding, convolutionBias)
  }

  /// The shape of one input image: (1, resolution, resolution, inputChannels).
  public var inputShape: Shape {
    Shape(n: 1, h: resolution, w: resolution, c: inputChannels)
  }

  /// The number of pooled features, the inputs of the classifier.
  package var features: Int { head ?? stages.last?.channels ?? stem }
}
