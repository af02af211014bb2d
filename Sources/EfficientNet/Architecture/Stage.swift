/// A run of equal MBConv blocks: the first one has the stride and changes the channels.
///
///     Stage.mbConv(expand: 6, kernel: 5, stride: 2, channels: 40, repeats: 2)
///
/// Source: Tan & Le 2019, [EfficientNet](https://arxiv.org/abs/1905.11946), table 1.
public struct Stage: Hashable, Codable, Sendable {
  /// Channels inside a block, as a multiple of the channels that enter it; 1 stands for no expansion.
  public var expand: Int
  /// Side of the depthwise filter.
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

  /// A stage of MBConv blocks, with squeeze-and-excitation unless `squeeze` is nil.
  public static func mbConv(
    expand: Int, kernel: Int, stride: Int, channels: Int, repeats: Int, squeeze: Double? = 0.25
  ) -> Stage {
    Stage(
      expand: expand, kernel: kernel, stride: stride, channels: channels, repeats: repeats,
      squeeze: squeeze)
  }

  /// The width of the squeeze in a block that `channels` channels enter: at least 1.
  public func squeezeChannels(entering channels: Int) -> Int? {
    squeeze.map { max(1, Int(Double(channels) * $0)) }
  }
}
