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
    /// What the TensorFlow article codes for MBConv: expand always, ReLU6 after the depthwise convolution,
    /// a fully connected squeeze, the activation after the excitation, plain dropout before the sum.
    case articleMBConv
  }

  /// The layers of a block.
  public var block: Block
  /// Channels inside a block, as a multiple of the channels that enter it; 1 stands for no expansion.
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
  /// Whether blocks add their input where shapes agree.
  public var skip: Bool
  /// The channels that `expand` multiplies in the first block, where they are not those that enter it.
  public var expandedFrom: Int?

  /// A stage of MBConv blocks, with squeeze-and-excitation unless `squeeze` is nil.
  public static func mbConv(
    expand: Int, kernel: Int, stride: Int, channels: Int, repeats: Int, squeeze: Double? = 0.25,
    skip: Bool = true
  ) -> Stage {
    Stage(
      block: .mbConv, expand: expand, kernel: kernel, stride: stride, channels: channels,
      repeats: repeats, squeeze: squeeze, skip: skip)
  }

  /// A stage of fused MBConv blocks, without squeeze-and-excitation.
  public static func fusedMBConv(
    expand: Int, kernel: Int, stride: Int, channels: Int, repeats: Int, skip: Bool = true,
    expandedFrom: Int? = nil
  ) -> Stage {
    Stage(
      block: .fusedMBConv, expand: expand, kernel: kernel, stride: stride, channels: channels,
      repeats: repeats, squeeze: nil, skip: skip, expandedFrom: expandedFrom)
  }

  /// A stage of the TensorFlow article's blocks, which squeeze to half of the expanded channels.
  public static func articleMBConv(
    expand: Int, kernel: Int, stride: Int, channels: Int, repeats: Int
  ) -> Stage {
    Stage(
      block: .articleMBConv, expand: expand, kernel: kernel, stride: stride, channels: channels,
      repeats: repeats, squeeze: Double(expand) / 2, skip: true)
  }

  /// The width of the squeeze in a block that `channels` channels enter: at least 1.
  public func squeezeChannels(entering channels: Int) -> Int? {
    squeeze.map { max(1, Int(Double(channels) * $0)) }
  }
}
