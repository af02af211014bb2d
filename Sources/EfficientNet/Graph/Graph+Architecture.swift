internal import EfficientNetCompute

extension Graph {
  /// The network that `architecture` describes.
  ///
  /// Stem, blocks, head, pooling, classifier: Tan & Le 2019, table 1. Without classes it ends with the pooling.
  package init(_ architecture: Architecture) {
    self.init(name: architecture.name)
    var builder = GraphBuilder(architecture: architecture, graph: self)
    var x = builder.add("input", .input)
    builder.part = .stem
    x = builder.addConvolution(
      "conv_stem", norm: "bn1", activation: "act1", x, inputs: architecture.inputChannels,
      outputs: architecture.stem, kernel: 3, stride: 2)
    let blocks = architecture.blocks
    for block in blocks {
      builder.part = .block(stage: block.stageIndex, index: block.index)
      switch block.stage.block {
      case .mbConv: x = builder.addMBConv(block, x, of: blocks.count)
      case .fusedMBConv: x = builder.addFusedMBConv(block, x, of: blocks.count)
      case .articleMBConv: x = builder.addArticleMBConv(block, x)
      case .separable: x = builder.addSeparable(block, x)
      case .bottleneck: x = builder.addBottleneck(block, x, of: blocks.count)
      }
    }
    if let head = architecture.head {
      builder.part = .head
      x = builder.addConvolution(
        "conv_head", norm: "bn2", activation: "act2", x, inputs: architecture.lastStageChannels,
        outputs: head)
    }
    builder.part = .pooling
    x = builder.add("global_pool", .globalAveragePool, x)
    if architecture.classes > 0 {
      builder.part = .classifier
      x = builder.add("drop", .dropout(rate: architecture.dropout), x)
      _ = builder.add(
        "classifier", .linear(inputs: architecture.features, outputs: architecture.classes), x)
    }
    self = builder.graph
  }
}

/// Adds the layers of an architecture to a graph; every function returns the node whose value it makes.
private struct GraphBuilder {
  let architecture: Architecture
  var graph: Graph
  /// The part that is being built.
  var part = Graph.Part.input

  mutating func add(_ name: String, _ operation: Graph.Operation, _ inputs: Int...) -> Int {
    graph.add(name, in: part, operation, inputs)
  }

  /// Convolution → batch norm → activation, the last one where it has a name.
  mutating func addConvolution(
    _ name: String, norm: String, activation: String?, _ x: Int, inputs: Int, outputs: Int,
    kernel: Int = 1, stride: Int = 1, isDepthwise: Bool = false
  ) -> Int {
    let convolution = Convolution(
      inputs: inputs, outputs: outputs, kernel: kernel, stride: stride,
      padding: architecture.padding, hasBias: architecture.convolutionBias)
    var x = add(
      name, isDepthwise ? .depthwiseConvolution(convolution) : .convolution(convolution), x)
    x = add(norm, .batchNorm(channels: outputs, epsilon: architecture.batchNormEpsilon), x)
    if let activation { x = add(activation, .activation(architecture.activation), x) }
    return x
  }

  /// Expand → depthwise → squeeze-and-excitation → project, and the shortcut added.
  mutating func addMBConv(_ block: Architecture.Block, _ input: Int, of count: Int) -> Int {
    let name = block.name
    let expanded = block.expanded
    let shortcut = addShortcut(block, input)
    // timm numbers the norms of a block from 1, and names its last convolution by what comes before.
    var number = 1
    var x = input
    if block.isExpanding {
      x = addConvolution(
        "\(name).conv_pw", norm: "\(name).bn1", activation: "\(name).act1", x,
        inputs: block.inputs, outputs: expanded)
      number = 2
    }
    x = addConvolution(
      "\(name).conv_dw", norm: "\(name).bn\(number)", activation: "\(name).act\(number)", x,
      inputs: expanded, outputs: expanded, kernel: block.stage.kernel, stride: block.stride,
      isDepthwise: true)
    x = addSqueezeAndExcitation(block, x)
    x = addConvolution(
      "\(name).conv_pw\(block.isExpanding ? "l" : "")", norm: "\(name).bn\(number + 1)",
      activation: nil, x, inputs: expanded, outputs: block.stage.channels)
    return addSum(block, x, shortcut, of: count)
  }

  /// Expand by a full convolution → squeeze-and-excitation → project, or one full convolution; and the shortcut added.
  mutating func addFusedMBConv(_ block: Architecture.Block, _ input: Int, of count: Int) -> Int {
    let name = block.name
    let shortcut = addShortcut(block, input)
    guard block.isExpanding else {
      let x = addConvolution(
        "\(name).conv", norm: "\(name).bn1", activation: "\(name).act1", input,
        inputs: block.inputs, outputs: block.stage.channels, kernel: block.stage.kernel,
        stride: block.stride)
      return addSum(block, x, shortcut, of: count)
    }
    var x = addConvolution(
      "\(name).conv_exp", norm: "\(name).bn1", activation: "\(name).act1", input,
      inputs: block.inputs, outputs: block.expanded, kernel: block.stage.kernel,
      stride: block.stride)
    x = addSqueezeAndExcitation(block, x)
    x = addConvolution(
      "\(name).conv_pwl", norm: "\(name).bn2", activation: nil, x, inputs: block.expanded,
      outputs: block.stage.channels)
    return addSum(block, x, shortcut, of: count)
  }

  /// The article's block: see ``Stage/Block/articleMBConv``.
  mutating func addArticleMBConv(_ block: Architecture.Block, _ input: Int) -> Int {
    let name = block.name
    let expanded = block.expanded
    var x = addConvolution(
      "\(name).conv_pw", norm: "\(name).bn1", activation: "\(name).act1", input,
      inputs: block.inputs, outputs: expanded)
    x = addConvolution(
      "\(name).conv_dw", norm: "\(name).bn2", activation: nil, x, inputs: expanded,
      outputs: expanded, kernel: block.stage.kernel, stride: block.stride, isDepthwise: true)
    x = add("\(name).act2", .activation(.relu6), x)
    x = addSqueezeAndExcitation(block, x)
    x = add("\(name).act3", .activation(architecture.activation), x)
    x = addConvolution(
      "\(name).conv_pwl", norm: "\(name).bn3", activation: nil, x, inputs: expanded,
      outputs: block.stage.channels)
    guard block.hasResidual else { return x }
    x = add("\(name).drop", .dropout(rate: architecture.dropout), x)
    return add("\(name).add", .add, x, input)
  }

  /// Depthwise → 1×1.
  mutating func addSeparable(_ block: Architecture.Block, _ input: Int) -> Int {
    let name = block.name
    let x = addConvolution(
      "\(name).conv_dw", norm: "\(name).bn1", activation: "\(name).act1", input,
      inputs: block.inputs, outputs: block.inputs, kernel: block.stage.kernel,
      stride: block.stride, isDepthwise: true)
    return addConvolution(
      "\(name).conv_pw", norm: "\(name).bn2", activation: "\(name).act2", x,
      inputs: block.inputs, outputs: block.stage.channels)
  }

  /// Narrow → full convolution → widen, the shortcut added, and the activation of the sum.
  mutating func addBottleneck(_ block: Architecture.Block, _ input: Int, of count: Int) -> Int {
    let name = block.name
    var x = addConvolution(
      "\(name).conv1", norm: "\(name).bn1", activation: "\(name).act1", input,
      inputs: block.inputs, outputs: block.expanded)
    x = addConvolution(
      "\(name).conv2", norm: "\(name).bn2", activation: "\(name).act2", x,
      inputs: block.expanded, outputs: block.expanded, kernel: block.stage.kernel,
      stride: block.stride)
    // What is added has to be there before the convolution that it is added to.
    var shortcut = addShortcut(block, input)
    if block.hasProjectedResidual {
      shortcut = addConvolution(
        "\(name).downsample.0", norm: "\(name).downsample.1", activation: nil, input,
        inputs: block.inputs, outputs: block.stage.channels, stride: block.stride)
    }
    x = addConvolution(
      "\(name).conv3", norm: "\(name).bn3", activation: nil, x, inputs: block.expanded,
      outputs: block.stage.channels)
    x = addSum(block, x, shortcut, of: count)
    return add("\(name).act3", .activation(architecture.activation), x)
  }

  /// `x · sigmoid(expand(act(reduce(mean(x)))))`; the two layers are 1×1 convolutions, in the article
  /// fully connected ones, which is the same with other names.
  ///
  /// Source: Hu et al. 2018, [Squeeze-and-Excitation Networks](https://arxiv.org/abs/1709.01507).
  private mutating func addSqueezeAndExcitation(_ block: Architecture.Block, _ x: Int) -> Int {
    guard let squeezed = block.squeezed else { return x }
    let name = "\(block.name).se"
    func layer(_ inputs: Int, _ outputs: Int) -> Graph.Operation {
      switch block.stage.block {
      case .mbConv, .fusedMBConv, .separable, .bottleneck:
        .convolution(
          Convolution(
            inputs: inputs, outputs: outputs, kernel: 1, stride: 1, padding: architecture.padding,
            hasBias: true))
      case .articleMBConv:
        .linear(inputs: inputs, outputs: outputs)
      }
    }
    var gate = add("\(name).pool", .globalAveragePool, x)
    gate = add("\(name).conv_reduce", layer(block.expanded, squeezed), gate)
    gate = add("\(name).act", .activation(architecture.activation), gate)
    gate = add("\(name).conv_expand", layer(squeezed, block.expanded), gate)
    gate = add("\(name).gate", .activation(.sigmoid), gate)
    return add("\(name).scale", .scale, x, gate)
  }

  /// What a block adds to its result, if no convolution makes it: the input or means of it. These come first in the block,
  /// since they have to be there before the convolution that they are added to.
  private mutating func addShortcut(_ block: Architecture.Block, _ input: Int) -> Int? {
    guard block.hasPooledResidual else { return block.hasResidual ? input : nil }
    let filter = Convolution(
      inputs: block.inputs, outputs: block.inputs, kernel: 3, stride: block.stride,
      padding: architecture.padding, hasBias: false)
    return add("\(block.name).pool", .averagePool(filter), input)
  }

  /// `x + shortcut`, where there is one; in training, x is dropped for some images.
  private mutating func addSum(
    _ block: Architecture.Block, _ x: Int, _ shortcut: Int?, of count: Int
  ) -> Int {
    guard let shortcut else { return x }
    let rate = architecture.stochasticDepth * Double(block.number) / Double(count)
    let x = add("\(block.name).drop_path", .stochasticDepth(rate: rate), x)
    return add("\(block.name).add", .add, x, shortcut)
  }
}
