extension Architecture {
  /// A block of a stage, with the properties that depend on its position.
  struct Block {
    let stage: Stage
    /// The index of the stage, from 0.
    let stageIndex: Int
    /// The index of the block in its stage, from 0.
    let index: Int
    /// The index of the block in the network, from 0.
    let number: Int
    let inputs: Int

    /// The block's name, as in timm: "blocks.1.0".
    var name: String { "blocks.\(stageIndex).\(index)" }

    /// Only the first block of a stage has its stride.
    var stride: Int { index == 0 ? stage.stride : 1 }

    /// The channels inside the block: between expansion and projection, or in the narrow part of a
    /// bottleneck.
    var expanded: Int {
      switch stage.block {
      case .mbConv, .fusedMBConv, .articleMBConv:
        (index == 0 ? stage.expandedFrom ?? inputs : inputs) * stage.expand
      case .separable: inputs
      case .bottleneck: stage.bottleneckChannels
      }
    }

    /// The channels of the squeeze; nil without squeeze-and-excitation.
    var squeezed: Int? { stage.squeezeChannels(entering: inputs) }

    var isExpanding: Bool {
      switch stage.block {
      case .mbConv, .fusedMBConv: stage.expand > 1 || expanded != inputs
      case .articleMBConv: true
      case .separable, .bottleneck: false
      }
    }

    /// The convolutions of an inverted bottleneck, in order. The batch norm of convolution i is
    /// "bn\(i)", counted from 1.
    var mbConvolutions: [String] {
      isExpanding ? ["conv_pw", "conv_dw", "conv_pwl"] : ["conv_dw", "conv_pw"]
    }

    /// The convolutions of an inverted bottleneck or a fused block; empty for blocks that other
    /// programs have no names for.
    var convolutions: [String] {
      switch stage.block {
      case .fusedMBConv: isExpanding ? ["conv_exp", "conv_pwl"] : ["conv"]
      case .mbConv, .articleMBConv: mbConvolutions
      case .separable, .bottleneck: []
      }
    }

    /// Whether the block adds its unchanged input to its result.
    var hasResidual: Bool { stage.skip == .identity && keepsShape }

    /// Whether the block adds the 3×3 average pool of its input to its result.
    var hasPooledResidual: Bool { stage.skip == .pool && inputs == stage.channels }

    /// Whether the block adds a 1×1 convolution of its input to its result.
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
