internal import EfficientNetCompute

extension Graph {
  /// The network that `architecture` describes.
  ///
  /// Stem, MBConv blocks, head, pooling, classifier: Tan & Le 2019, table 1. The block is that of
  /// MobileNetV2 with squeeze-and-excitation between the depthwise and the projecting convolution.
  public init(_ architecture: Architecture) {
    self.init(name: architecture.name)
    var channels = architecture.stem
    var x = add("input", .input)
    x = addConvolution(
      "conv_stem", norm: "bn1", activation: "act1", x,
      Convolution(
        inputs: architecture.inputChannels, outputs: channels, kernel: 3, stride: 2,
        padding: architecture.padding, hasBias: false), architecture)
    for (index, stage) in architecture.stages.enumerated() {
      for block in 0..<stage.repeats {
        x = addMBConv(
          "blocks.\(index).\(block)", x, stage, inputs: channels,
          stride: block == 0 ? stage.stride : 1, architecture)
        channels = stage.channels
      }
    }
    x = addConvolution(
      "conv_head", norm: "bn2", activation: "act2", x,
      Convolution(
        inputs: channels, outputs: architecture.head, kernel: 1, stride: 1,
        padding: architecture.padding, hasBias: false), architecture)
    x = add("global_pool", .globalAveragePool, x)
    x = add("drop", .dropout(rate: architecture.dropout), x)
    _ = add("classifier", .linear(inputs: architecture.head, outputs: architecture.classes), x)
  }

  /// Expand → depthwise → squeeze-and-excitation → project, and the block's input added where shapes agree.
  private mutating func addMBConv(
    _ name: String, _ input: Int, _ stage: Stage, inputs: Int, stride: Int,
    _ architecture: Architecture
  ) -> Int {
    let expanded = inputs * stage.expand
    let isExpanding = stage.expand > 1
    func convolution(_ inputs: Int, _ outputs: Int, kernel: Int = 1, stride: Int = 1) -> Convolution
    {
      Convolution(
        inputs: inputs, outputs: outputs, kernel: kernel, stride: stride,
        padding: architecture.padding, hasBias: false)
    }
    var x = input
    if isExpanding {
      x = addConvolution(
        "\(name).conv_pw", norm: "\(name).bn1", activation: "\(name).act1", x,
        convolution(inputs, expanded), architecture)
    }
    // timm numbers the norms of a block from 1, and names its last convolution by what comes before.
    x = addConvolution(
      "\(name).conv_dw", norm: "\(name).bn\(isExpanding ? 2 : 1)",
      activation: "\(name).act\(isExpanding ? 2 : 1)", x,
      convolution(expanded, expanded, kernel: stage.kernel, stride: stride), architecture,
      isDepthwise: true)
    if let squeezed = stage.squeezeChannels(entering: inputs) {
      x = addSqueezeAndExcitation(
        "\(name).se", x, channels: expanded, squeezed: squeezed, architecture)
    }
    x = addConvolution(
      "\(name).conv_pw\(isExpanding ? "l" : "")", norm: "\(name).bn\(isExpanding ? 3 : 2)",
      activation: nil, x, convolution(expanded, stage.channels), architecture)
    guard stride == 1, inputs == stage.channels else { return x }
    return add("\(name).add", .add, x, input)
  }

  /// `x · sigmoid(expand(act(reduce(mean(x)))))`
  ///
  /// Source: Hu et al. 2018, [Squeeze-and-Excitation Networks](https://arxiv.org/abs/1709.01507).
  private mutating func addSqueezeAndExcitation(
    _ name: String, _ x: Int, channels: Int, squeezed: Int, _ architecture: Architecture
  ) -> Int {
    func convolution(_ inputs: Int, _ outputs: Int) -> Operation {
      .convolution(
        Convolution(
          inputs: inputs, outputs: outputs, kernel: 1, stride: 1, padding: architecture.padding,
          hasBias: true))
    }
    var gate = add("\(name).pool", .globalAveragePool, x)
    gate = add("\(name).conv_reduce", convolution(channels, squeezed), gate)
    gate = add("\(name).act", .activation(architecture.activation), gate)
    gate = add("\(name).conv_expand", convolution(squeezed, channels), gate)
    gate = add("\(name).gate", .activation(.sigmoid), gate)
    return add("\(name).scale", .scale, x, gate)
  }

  /// Convolution → batch norm → activation.
  private mutating func addConvolution(
    _ name: String, norm: String, activation: String?, _ x: Int, _ convolution: Convolution,
    _ architecture: Architecture, isDepthwise: Bool = false
  ) -> Int {
    var x = add(
      name, isDepthwise ? .depthwiseConvolution(convolution) : .convolution(convolution), x)
    x = add(
      norm,
      .batchNorm(channels: convolution.outputs, epsilon: architecture.batchNormEpsilon), x)
    if let activation { x = add(activation, .activation(architecture.activation), x) }
    return x
  }
}
