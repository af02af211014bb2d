extension Graph {
  /// The part of a network that a layer belongs to.
  public enum Part: Hashable, Sendable {
    case input
    /// The first convolution.
    case stem
    /// A block of a stage; both count from 0.
    case block(stage: Int, index: Int)
    /// The convolution behind the last stage.
    case head
    case pooling
    case classifier

    /// The name of the stage whose output this part belongs to, as ``Architecture/stageNames`` has it; nil for the input.
    public var stageName: String? {
      switch self {
      case .input: nil
      case .stem: "conv_stem"
      case .block(let stage, _): "blocks.\(stage)"
      case .head: "conv_head"
      case .pooling: "global_pool"
      case .classifier: "classifier"
      }
    }
  }
}
