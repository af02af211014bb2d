internal import EfficientNetCompute

extension Graph {
  /// Builds the network that `architecture` describes.
  ///
  /// Source for the order stem, blocks, head, pooling, classifier: Tan & Le 2019, table 1. Without
  /// classes, the graph ends with the pooling.
  package init(_ architecture: Architecture) {
    self.init(name: architecture.name)
    var builder = GraphBuilder(architecture: architecture, blocks: architecture.blocks, graph: self)
    var x = builder.add("input", .input)
    builder.part = .stem
    x = builder.addConvolution(
      "conv_stem", norm: "bn1", activation: "act1", x, outputs: architecture.stem, kernel: 3,
      stride: 2)
    for block in builder.blocks {
      builder.part = .block(stage: block.stageIndex, index: block.index)
      switch block.stage.block {
      case .mbConv: x = builder.addMBConv(block, x)
      case .fusedMBConv: x = builder.addFusedMBConv(block, x)
      case .articleMBConv: x = builder.addArticleMBConv(block, x)
      case .separable: x = builder.addSeparable(block, x)
      case .bottleneck: x = builder.addBottleneck(block, x)
      }
    }
    if let head = architecture.head {
      builder.part = .head
      x = builder.addConvolution("conv_head", norm: "bn2", activation: "act2", x, outputs: head)
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

/// Adds the layers of an architecture to a graph. Every function returns the index of the last node
/// that it adds.
private struct GraphBuilder {
  let architecture: Architecture
  let blocks: [Architecture.Block]
  var graph: Graph
  /// The part of the network under construction.
  var part = Graph.Part.input

  mutating func add(_ name: String, _ operation: Graph.Operation, _ inputs: Int...) -> Int {
    graph.add(name, in: part, operation, inputs)
  }

  private func channels(_ node: Int) -> Int {
    switch graph.nodes[node].operation {
    case .input: architecture.inputChannels
    case .convolution(let c), .depthwiseConvolution(let c): c.outputs
    case .linear(_, let outputs): outputs
    case .averagePool, .batchNorm, .activation, .globalAveragePool, .scale, .add, .dropout,
      .stochasticDepth:
      channels(graph.nodes[node].inputs[0])
    }
  }

  /// Adds convolution → batch norm → activation. The activation is left out if it has no name.
  ///
  /// - Parameter outputs: The output channels; nil for a depthwise convolution.
  mutating func addConvolution(
    _ name: String, norm: String, activation: String?, _ x: Int, outputs: Int?, kernel: Int = 1,
    stride: Int = 1
  ) -> Int {
    let inputs = channels(x)
    let convolution = Convolution(
      inputs: inputs, outputs: outputs ?? inputs, kernel: kernel, stride: stride,
      padding: architecture.padding, hasBias: architecture.convolutionBias)
    var x = add(
      name, outputs == nil ? .depthwiseConvolution(convolution) : .convolution(convolution), x)
    x = add(
      norm, .batchNorm(channels: outputs ?? inputs, epsilon: architecture.batchNormEpsilon), x)
    if let activation { x = add(activation, .activation(architecture.activation), x) }
    return x
  }

  /// Adds a convolution of a block. `number` is the number of its batch norm and of its activation.
  ///
  /// - Parameter isSpatial: Whether the convolution has the block's filter size and stride;
  ///   otherwise it is 1×1.
  private mutating func addConvolution(
    _ name: String, _ number: Int, of block: Architecture.Block, _ x: Int, outputs: Int?,
    isSpatial: Bool = false, isActive: Bool = true
  ) -> Int {
    addConvolution(
      "\(block.name).\(name)", norm: "\(block.name).bn\(number)",
      activation: isActive ? "\(block.name).act\(number)" : nil, x, outputs: outputs,
      kernel: isSpatial ? block.stage.kernel : 1, stride: isSpatial ? block.stride : 1)
  }

  /// Adds expand → depthwise → squeeze-and-excitation → project, then the shortcut.
  mutating func addMBConv(_ block: Architecture.Block, _ input: Int) -> Int {
    let shortcut = addShortcut(block, input)
    // timm numbers the norms of a block from 1. The name of the last convolution depends on whether
    // the block expands.
    var number = 1
    var x = input
    if block.isExpanding {
      x = addConvolution("conv_pw", 1, of: block, x, outputs: block.expanded)
      number = 2
    }
    x = addConvolution("conv_dw", number, of: block, x, outputs: nil, isSpatial: true)
    x = addSqueezeAndExcitation(block, x)
    x = addConvolution(
      block.isExpanding ? "conv_pwl" : "conv_pw", number + 1, of: block, x,
      outputs: block.stage.channels, isActive: false)
    return addSum(block, x, shortcut)
  }

  /// Adds expand by a full convolution → squeeze-and-excitation → project, or a single full
  /// convolution; then the shortcut.
  mutating func addFusedMBConv(_ block: Architecture.Block, _ input: Int) -> Int {
    let shortcut = addShortcut(block, input)
    let outputs = block.stage.channels
    guard block.isExpanding else {
      let x = addConvolution("conv", 1, of: block, input, outputs: outputs, isSpatial: true)
      return addSum(block, x, shortcut)
    }
    var x = addConvolution(
      "conv_exp", 1, of: block, input, outputs: block.expanded, isSpatial: true)
    x = addSqueezeAndExcitation(block, x)
    x = addConvolution("conv_pwl", 2, of: block, x, outputs: outputs, isActive: false)
    return addSum(block, x, shortcut)
  }

  /// Adds the article's block; see ``Stage/Block/articleMBConv``.
  mutating func addArticleMBConv(_ block: Architecture.Block, _ input: Int) -> Int {
    let (name, outputs) = (block.name, block.stage.channels)
    var x = addConvolution("conv_pw", 1, of: block, input, outputs: block.expanded)
    x = addConvolution("conv_dw", 2, of: block, x, outputs: nil, isSpatial: true, isActive: false)
    x = add("\(name).act2", .activation(.relu6), x)
    x = addSqueezeAndExcitation(block, x)
    x = add("\(name).act3", .activation(architecture.activation), x)
    x = addConvolution("conv_pwl", 3, of: block, x, outputs: outputs, isActive: false)
    guard block.hasResidual else { return x }
    x = add("\(name).drop", .dropout(rate: architecture.dropout), x)
    return add("\(name).add", .add, x, input)
  }

  /// Adds depthwise → 1×1.
  mutating func addSeparable(_ block: Architecture.Block, _ input: Int) -> Int {
    let x = addConvolution("conv_dw", 1, of: block, input, outputs: nil, isSpatial: true)
    return addConvolution("conv_pw", 2, of: block, x, outputs: block.stage.channels)
  }

  /// Adds narrow → full convolution → widen, then the shortcut, then the activation of the sum.
  mutating func addBottleneck(_ block: Architecture.Block, _ input: Int) -> Int {
    let (name, outputs) = (block.name, block.stage.channels)
    var x = addConvolution("conv1", 1, of: block, input, outputs: block.expanded)
    x = addConvolution("conv2", 2, of: block, x, outputs: block.expanded, isSpatial: true)
    // The shortcut must precede the convolution whose output it is added to.
    var shortcut = addShortcut(block, input)
    if block.hasProjectedResidual {
      shortcut = addConvolution(
        "\(name).downsample.0", norm: "\(name).downsample.1", activation: nil, input,
        outputs: outputs, stride: block.stride)
    }
    x = addConvolution("conv3", 3, of: block, x, outputs: outputs, isActive: false)
    x = addSum(block, x, shortcut)
    return add("\(name).act3", .activation(architecture.activation), x)
  }

  /// Adds `x · sigmoid(expand(act(reduce(mean(x)))))`. The two layers are 1×1 convolutions, in the
  /// article fully connected ones, which compute the same under other names.
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

  /// Adds the pooled shortcut of a block, if it has one, and returns the node that the block adds
  /// to its result; nil for none. A shortcut must precede the convolution whose output it is added
  /// to, so it comes first in the block.
  private mutating func addShortcut(_ block: Architecture.Block, _ input: Int) -> Int? {
    guard block.hasPooledResidual else { return block.hasResidual ? input : nil }
    let filter = Convolution(
      inputs: block.inputs, outputs: block.inputs, kernel: 3, stride: block.stride,
      padding: architecture.padding, hasBias: false)
    return add("\(block.name).pool", .averagePool(filter), input)
  }

  /// Adds `x + shortcut` if there is a shortcut. In training, stochastic depth drops x for some
  /// images.
  private mutating func addSum(_ block: Architecture.Block, _ x: Int, _ shortcut: Int?) -> Int {
    guard let shortcut else { return x }
    let rate = architecture.stochasticDepth * Double(block.number) / Double(blocks.count)
    let x = add("\(block.name).drop_path", .stochasticDepth(rate: rate), x)
    return add("\(block.name).add", .add, x, shortcut)
  }
}
