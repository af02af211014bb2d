extension Architecture {
  /// One block of a stage and what follows from its place.
  struct Block {
    let stage: Stage
    /// The number of its stage, from 0.
    let stageIndex: Int
    /// Its number within the stage, from 0.
    let index: Int
    /// Its number within the network, from 0.
    let number: Int
    /// Channels that enter.
    let inputs: Int

    /// timm's name, and ours: "blocks.1.0".
    var name: String { "blocks.\(stageIndex).\(index)" }

    /// Only the first block of a stage has its stride.
    var stride: Int { index == 0 ? stage.stride : 1 }

    /// Channels between expansion and projection, or of whatever stands there.
    var expanded: Int {
      switch stage.block {
      case .mbConv, .fusedMBConv, .articleMBConv:
        (index == 0 ? stage.expandedFrom ?? inputs : inputs) * stage.expand
      case .separable: inputs
      case .bottleneck: stage.bottleneckChannels
      }
    }

    /// Channels of the squeeze, or nil if there is none.
    var squeezed: Int? { stage.squeezeChannels(entering: inputs) }

    /// Whether the block has a convolution that only expands.
    var isExpanding: Bool {
      switch stage.block {
      case .mbConv, .fusedMBConv: stage.expand > 1 || expanded != inputs
      case .articleMBConv: true
      case .separable, .bottleneck: false
      }
    }

    /// The convolutions of an inverted bottleneck, in order; behind each comes the norm of its number, from 1.
    var mbConvolutions: [String] {
      isExpanding ? ["conv_pw", "conv_dw", "conv_pwl"] : ["conv_dw", "conv_pw"]
    }

    /// The same of a fused block, too; empty for blocks of which other programs have no names.
    var convolutions: [String] {
      switch stage.block {
      case .fusedMBConv: isExpanding ? ["conv_exp", "conv_pwl"] : ["conv"]
      case .mbConv, .articleMBConv: mbConvolutions
      case .separable, .bottleneck: []
      }
    }

    /// Whether the block's input is added to its result as it is.
    var hasResidual: Bool { stage.skip == .identity && keepsShape }

    /// Whether the mean of 3×3 pixels of the block's input is added to its result.
    var hasPooledResidual: Bool { stage.skip == .pool && inputs == stage.channels }

    /// Whether a convolution of the block's input is added to its result.
    var hasProjectedResidual: Bool {
      stage.block == .bottleneck && stage.skip == .identity && !keepsShape
    }

    private var keepsShape: Bool { stride == 1 && inputs == stage.channels }
  }

  var blocks: [Block] {
    var blocks: [Block] = []
    var inputs = stem
    for (stageIndex, stage) in stages.enumerated() {
      for index in 0..<stage.repeats {
        blocks.append(
          Block(
            stage: stage, stageIndex: stageIndex, index: index, number: blocks.count,
            inputs: inputs))
        inputs = stage.channels
      }
    }
    return blocks
  }
}
