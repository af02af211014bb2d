/// A run of blocks with the same settings. Only the first block has the stride and changes the
/// channels.
///
///     Stage.mbConv(expand: 6, kernel: 5, stride: 2, channels: 40, repeats: 2)
///
/// Source: Tan & Le 2019, [EfficientNet](https://arxiv.org/abs/1905.11946), table 1.
public struct Stage: Hashable, Sendable {
  /// A kind of block, by its layers.
  public enum Block: String, Hashable, Codable, Sendable, CaseIterable {
    /// Expansion 1×1 (unless `expand` is 1) → depthwise convolution → squeeze-and-excitation →
    /// projection 1×1.
    ///
    /// Source: Sandler et al. 2018, [MobileNetV2](https://arxiv.org/abs/1801.04381).
    case mbConv
    /// Expansion by a full convolution → squeeze-and-excitation → projection 1×1. With `expand` 1:
    /// a single full convolution with its activation.
    ///
    /// Source: Tan & Le 2021, [EfficientNetV2](https://arxiv.org/abs/2104.00298), figure 2.
    case fusedMBConv
    /// The MBConv of the article whose networks are "article-b0" to "article-b7": always an
    /// expansion, ReLU6 after the depthwise convolution, fully connected squeeze layers, an
    /// activation after the excitation, plain dropout before the sum.
    case articleMBConv
    /// Depthwise convolution → 1×1 convolution, both with an activation. It has no expansion, no
    /// squeeze-and-excitation and no skip.
    ///
    /// Source: Howard et al. 2017, [MobileNets](https://arxiv.org/abs/1704.04861), figure 3.
    case separable
    /// Narrowing 1×1 → full convolution with the stride → widening 1×1. The activation follows the
    /// sum with the input, or, where shapes differ, with a 1×1 convolution of the input.
    ///
    /// Source: He et al. 2015, [Deep Residual Learning](https://arxiv.org/abs/1512.03385), figure
    /// 5. The paper puts the stride in the first convolution; most later code puts it in the full
    /// one, as here ("v1.5").
    case bottleneck
  }

  /// The value that a block adds to its result.
  ///
  /// Source: Tan et al. 2019, [MnasNet](https://arxiv.org/abs/1807.11626), section 4.1, which
  /// lists the skip operations. The paper does not define pooling where the stride is 2 or channels
  /// differ; ``pool`` is this library's definition.
  public enum Skip: String, Hashable, Sendable, CaseIterable {
    /// The block's input, where shapes agree. Where they differ, a bottleneck adds a 1×1
    /// convolution of its input, and other blocks add nothing.
    case identity
    /// The 3×3 average pool of the block's input, with the block's stride and the network's
    /// padding, where channels agree. Zeros outside count: the sum is always divided by 9.
    case pool
    /// Nothing.
    case none
  }

  /// The kind of the blocks.
  public var block: Block
  /// The channels inside a block divided by its input channels; 1 means no expansion. For a
  /// bottleneck: its output channels divided by the channels inside.
  public var expand: Int
  /// The side of the depthwise filter, or of the full filter in a fused block or a bottleneck.
  public var kernel: Int
  /// The stride of the first block, 1 or 2.
  public var stride: Int
  /// The output channels of every block.
  public var channels: Int
  /// The number of blocks.
  public var repeats: Int
  /// The channels of the squeeze divided by the input channels of the block; nil for no
  /// squeeze-and-excitation.
  public var squeeze: Double?
  /// The value that each block adds to its result.
  public var skip: Skip
  /// The channels that `expand` multiplies in the first block; nil for the block's input channels.
  public var expandedFrom: Int?

  /// Returns a stage of MBConv blocks.
  ///
  /// - Parameters:
  ///   - expand: The channels inside a block divided by its input channels, 1 to 64.
  ///   - kernel: The side of the depthwise filter, odd, 1 to 31.
  ///   - stride: The stride of the first block, 1 or 2.
  ///   - channels: The output channels of every block, 1 to 16,384.
  ///   - repeats: The number of blocks, 1 to 256.
  ///   - squeeze: The channels of the squeeze divided by the input channels, above 0 and at most
  ///     `expand`; nil for no squeeze-and-excitation.
  ///   - skip: The value that a block adds to its result.
  public static func mbConv(
    expand: Int, kernel: Int, stride: Int, channels: Int, repeats: Int, squeeze: Double? = 0.25,
    skip: Skip = .identity
  ) -> Stage {
    Stage(
      block: .mbConv, expand: expand, kernel: kernel, stride: stride, channels: channels,
      repeats: repeats, squeeze: squeeze, skip: skip)
  }

  /// Returns a stage of fused MBConv blocks, without squeeze-and-excitation.
  ///
  /// - Parameters:
  ///   - expand: The channels inside a block divided by its input channels, 1 to 64.
  ///   - kernel: The side of the full filter, odd, 1 to 31.
  ///   - stride: The stride of the first block, 1 or 2.
  ///   - channels: The output channels of every block, 1 to 16,384.
  ///   - repeats: The number of blocks, 1 to 256.
  ///   - skip: The value that a block adds to its result.
  ///   - expandedFrom: The channels that `expand` multiplies in the first block; nil for its input
  ///     channels.
  public static func fusedMBConv(
    expand: Int, kernel: Int, stride: Int, channels: Int, repeats: Int, skip: Skip = .identity,
    expandedFrom: Int? = nil
  ) -> Stage {
    Stage(
      block: .fusedMBConv, expand: expand, kernel: kernel, stride: stride, channels: channels,
      repeats: repeats, squeeze: nil, skip: skip, expandedFrom: expandedFrom)
  }

  /// Returns a stage of ``Block/articleMBConv`` blocks. Their squeeze has half of the expanded
  /// channels.
  ///
  /// - Parameters:
  ///   - expand: The channels inside a block divided by its input channels, 1 to 64.
  ///   - kernel: The side of the depthwise filter, odd, 1 to 31.
  ///   - stride: The stride of the first block, 1 or 2.
  ///   - channels: The output channels of every block, 1 to 16,384.
  ///   - repeats: The number of blocks, 1 to 256.
  public static func articleMBConv(
    expand: Int, kernel: Int, stride: Int, channels: Int, repeats: Int
  ) -> Stage {
    Stage(
      block: .articleMBConv, expand: expand, kernel: kernel, stride: stride, channels: channels,
      repeats: repeats, squeeze: Double(expand) / 2, skip: .identity)
  }

  /// Returns a stage of MobileNetV1's blocks.
  ///
  /// - Parameters:
  ///   - kernel: The side of the depthwise filter, odd, 1 to 31.
  ///   - stride: The stride of the first block, 1 or 2.
  ///   - channels: The output channels of every block, 1 to 16,384.
  ///   - repeats: The number of blocks, 1 to 256.
  public static func separable(kernel: Int, stride: Int, channels: Int, repeats: Int) -> Stage {
    Stage(
      block: .separable, expand: 1, kernel: kernel, stride: stride, channels: channels,
      repeats: repeats, squeeze: nil, skip: .none)
  }

  /// Returns a stage of ResNet's bottlenecks, with `channels / expand` channels inside.
  ///
  /// - Parameters:
  ///   - expand: The output channels of a block divided by the channels inside, 1 to 64.
  ///   - kernel: The side of the full filter, odd, 1 to 31.
  ///   - stride: The stride of the first block, 1 or 2.
  ///   - channels: The output channels of every block, 1 to 16,384.
  ///   - repeats: The number of blocks, 1 to 256.
  ///   - skip: The value that a block adds to its result.
  public static func bottleneck(
    expand: Int = 4, kernel: Int = 3, stride: Int, channels: Int, repeats: Int,
    skip: Skip = .identity
  ) -> Stage {
    Stage(
      block: .bottleneck, expand: expand, kernel: kernel, stride: stride, channels: channels,
      repeats: repeats, squeeze: nil, skip: skip)
  }

  /// Returns the channels of the squeeze in a block with `channels` input channels, at least 1; nil
  /// without a squeeze.
  package func squeezeChannels(entering channels: Int) -> Int? {
    squeeze.map { max(1, Int(Double(channels) * $0)) }
  }

  /// The channels inside a bottleneck: `channels / expand`, rounded to the nearest integer, at
  /// least 1.
  var bottleneckChannels: Int { max(1, (channels + expand / 2) / expand) }
}

extension Stage.Block {
  var standardSkip: Stage.Skip {
    switch self {
    case .mbConv, .fusedMBConv, .articleMBConv, .bottleneck: .identity
    case .separable: .none
    }
  }
}
