extension Graph {
  /// The part of a network that a layer belongs to.
  package enum Part: Hashable, Sendable {
    case input, stem
    /// A block of a stage; both count from 0.
    case block(stage: Int, index: Int)
    case head, pooling, classifier

    /// The name of the stage whose output this part belongs to, as ``Architecture/stageNames`` has it; nil for the input.
    package var stageName: String? {
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
