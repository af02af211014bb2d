public import EfficientNetCompute

/// A network, fully described: everything that decides its layers and its arithmetic, and no weights.
///
///     let b0 = try Variant(named: "b0").architecture
///     NetworkCost(b0).macs   // 385,859,040
///
/// Source: Tan & Le 2019, [EfficientNet](https://arxiv.org/abs/1905.11946), table 1.
///
/// As JSON it is what `effnet models --model b0 --json` prints and `--model my.json` reads.
public struct Architecture: Hashable, Sendable {
  /// The name of the variant, or one of the user's own.
  public var name: String
  /// Side of the input image in pixels.
  public var resolution: Int
  /// Channels of the input image: 3 for RGB.
  public var inputChannels: Int
  /// Channels of the first convolution, 3×3 with stride 2.
  public var stem: Int
  /// The stages of blocks between stem and head.
  public var stages: [Stage]
  /// Channels of the last convolution, 1×1; nil for none: then the last stage is pooled.
  public var head: Int?
  /// Outputs of the classifier; 0 for none: the network then ends in its pooled features.
  public var classes: Int
  /// The activation of all convolutions and of the squeeze.
  public var activation: Activation
  /// Share of the features dropped before the classifier in training.
  public var dropout: Double
  /// Share of the images for which the last block's residual branch is dropped in training; falls
  /// linearly to zero at the first block (1 − survival probability).
  public var stochasticDepth: Double
  /// What keeps batch norm from dividing by zero.
  public var batchNormEpsilon: Double
  /// Share of the running statistics that a training step keeps (TensorFlow's meaning; PyTorch states
  /// one minus this).
  public var batchNormMomentum: Double
  /// How convolutions treat the edges.
  public var padding: Padding
  /// Whether the convolutions add a bias although batch norm follows.
  public var convolutionBias: Bool

  /// A network.
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

  /// One image as the network takes it.
  public var inputShape: Shape {
    Shape(n: 1, h: resolution, w: resolution, c: inputChannels)
  }

  /// The width of the pooled features, which the classifier reads.
  package var features: Int { head ?? stages.last?.channels ?? stem }
}
