/// A run of equal blocks: the first one has the stride and changes the channels.
///
///     Stage.mbConv(expand: 6, kernel: 5, stride: 2, channels: 40, repeats: 2)
///
/// Source: Tan & Le 2019, [EfficientNet](https://arxiv.org/abs/1905.11946), table 1.
public struct Stage: Hashable, Sendable {
  /// The layers of a block.
  public enum Block: String, Hashable, Codable, Sendable, CaseIterable {
    /// Expand 1×1 (unless `expand` is 1) → depthwise → squeeze-and-excitation → project 1×1.
    ///
    /// Source: Sandler et al. 2018, [MobileNetV2](https://arxiv.org/abs/1801.04381).
    case mbConv
    /// Expand by a full convolution → squeeze-and-excitation → project 1×1; with `expand` 1 a single full
    /// convolution and its activation.
    ///
    /// Source: Tan & Le 2021, [EfficientNetV2](https://arxiv.org/abs/2104.00298), figure 2.
    case fusedMBConv
    /// What the article of the networks "article-b0" to "article-b7" codes for MBConv: expand always, ReLU6 after the depthwise convolution,
    /// a fully connected squeeze, the activation after the excitation, plain dropout before the sum.
    case articleMBConv
    /// Depthwise → 1×1, both with an activation; no expansion, no squeeze, nothing is added.
    ///
    /// Source: Howard et al. 2017, [MobileNets](https://arxiv.org/abs/1704.04861), figure 3.
    case separable
    /// Narrow 1×1 → full convolution, which has the stride → widen 1×1, then the activation of the sum with the input,
    /// or with what a 1×1 convolution makes of it where shapes differ.
    ///
    /// Source: He et al. 2015, [Deep Residual Learning](https://arxiv.org/abs/1512.03385), figure 5. The paper has
    /// the stride in the first convolution; most code that followed has it in the full one, as here ("v1.5").
    case bottleneck
  }

  /// What a block adds to its result.
  ///
  /// Source: Tan et al. 2019, [MnasNet](https://arxiv.org/abs/1807.11626), section 4.1: the choices of a skip operation.
  /// The paper does not say how pooling is shaped where the stride is 2 or channels differ; what ``pool`` is, is ours.
  public enum Skip: String, Hashable, Sendable, CaseIterable {
    /// Its input where shapes agree; where they do not, a bottleneck adds a convolution of it.
    case identity
    /// The mean of 3×3 pixels of its input, with the block's stride and the network's padding, where channels agree. Zeros
    /// outside count: the sum is always divided by 9.
    case pool
    /// Nothing.
    case none
  }

  /// The layers of a block.
  public var block: Block
  /// Channels inside a block, as a multiple of the channels that enter it; 1 stands for no expansion. Of a bottleneck: the
  /// channels that leave it, as a multiple of those inside.
  public var expand: Int
  /// Side of the depthwise filter, or of a fused block's full one.
  public var kernel: Int
  /// Stride of the first block.
  public var stride: Int
  /// Channels that leave every block.
  public var channels: Int
  /// Blocks.
  public var repeats: Int
  /// Width of the squeeze, as a share of the channels that enter a block; nil for no
  /// squeeze-and-excitation.
  public var squeeze: Double?
  /// What blocks add to their result.
  public var skip: Skip
  /// The channels that `expand` multiplies in the first block, where they are not those that enter it.
  public var expandedFrom: Int?

  /// A stage of MBConv blocks, with squeeze-and-excitation unless `squeeze` is nil.
  public static func mbConv(
    expand: Int, kernel: Int, stride: Int, channels: Int, repeats: Int, squeeze: Double? = 0.25,
    skip: Skip = .identity
  ) -> Stage {
    Stage(
      block: .mbConv, expand: expand, kernel: kernel, stride: stride, channels: channels,
      repeats: repeats, squeeze: squeeze, skip: skip)
  }

  /// A stage of fused MBConv blocks, without squeeze-and-excitation.
  public static func fusedMBConv(
    expand: Int, kernel: Int, stride: Int, channels: Int, repeats: Int, skip: Skip = .identity,
    expandedFrom: Int? = nil
  ) -> Stage {
    Stage(
      block: .fusedMBConv, expand: expand, kernel: kernel, stride: stride, channels: channels,
      repeats: repeats, squeeze: nil, skip: skip, expandedFrom: expandedFrom)
  }

  /// A stage of ``Block/articleMBConv`` blocks, which squeeze to half of the expanded channels.
  public static func articleMBConv(
    expand: Int, kernel: Int, stride: Int, channels: Int, repeats: Int
  ) -> Stage {
    Stage(
      block: .articleMBConv, expand: expand, kernel: kernel, stride: stride, channels: channels,
      repeats: repeats, squeeze: Double(expand) / 2, skip: .identity)
  }

  /// A stage of MobileNetV1's blocks.
  public static func separable(kernel: Int, stride: Int, channels: Int, repeats: Int) -> Stage {
    Stage(
      block: .separable, expand: 1, kernel: kernel, stride: stride, channels: channels,
      repeats: repeats, squeeze: nil, skip: .none)
  }

  /// A stage of ResNet's bottlenecks, whose inner width is `channels / expand`.
  public static func bottleneck(
    expand: Int = 4, kernel: Int = 3, stride: Int, channels: Int, repeats: Int,
    skip: Skip = .identity
  ) -> Stage {
    Stage(
      block: .bottleneck, expand: expand, kernel: kernel, stride: stride, channels: channels,
      repeats: repeats, squeeze: nil, skip: skip)
  }

  /// The width of the squeeze in a block that `channels` channels enter: at least 1.
  package func squeezeChannels(entering channels: Int) -> Int? {
    squeeze.map { max(1, Int(Double(channels) * $0)) }
  }

  /// The channels inside a bottleneck: `channels / expand`, rounded to the nearest whole number, at least 1.
  var bottleneckChannels: Int { max(1, (channels + expand / 2) / expand) }
}

extension Stage.Block {
  /// The ``Stage/skip`` of stages of such blocks that do not say otherwise.
  var standardSkip: Stage.Skip {
    switch self {
    case .mbConv, .fusedMBConv, .articleMBConv, .bottleneck: .identity
    case .separable: .none
    }
  }
}
