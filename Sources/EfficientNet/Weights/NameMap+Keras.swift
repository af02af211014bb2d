/// Our layers' names to those of Keras' applications, which name blocks "block1a", "block1b", "block2a", …
///
/// Source: [Keras](https://github.com/keras-team/keras), applications/efficientnet.py and efficientnet_v2.py.
///
/// - Parameter depthwise: What a block's depthwise convolution is called.
func kerasLayers(of architecture: Architecture, depthwise: String) -> [String: String] {
  var names = [
    "conv_stem": "stem_conv", "bn1": "stem_bn",
    "conv_head": "top_conv", "bn2": "top_bn",
    "classifier": "predictions",
  ]
  for block in architecture.blocks {
    let ours = block.name
    // After "z" comes what follows it in Unicode, as Python's chr does.
    let letter = Unicode.Scalar(97 + UInt32(block.index)).map(String.init) ?? "\(block.index)"
    let theirs = "block\(block.stageIndex + 1)\(letter)"
    names["\(ours).se.conv_reduce"] = "\(theirs)_se_reduce"
    names["\(ours).se.conv_expand"] = "\(theirs)_se_expand"
    let layers: [(convolution: String, stored: String, norm: String)]
    switch (block.stage.block, block.isExpanding) {
    case (.fusedMBConv, true):
      layers = [
        ("conv_exp", "expand_conv", "expand_bn"), ("conv_pwl", "project_conv", "project_bn"),
      ]
    case (.fusedMBConv, false):
      layers = [("conv", "project_conv", "project_bn")]
    case (.mbConv, true), (.articleMBConv, _):
      layers = [
        ("conv_pw", "expand_conv", "expand_bn"), ("conv_dw", depthwise, "bn"),
        ("conv_pwl", "project_conv", "project_bn"),
      ]
    case (.mbConv, false):
      layers = [("conv_dw", depthwise, "bn"), ("conv_pw", "project_conv", "project_bn")]
    case (.separable, _), (.bottleneck, _):
      layers = []
    }
    for (index, layer) in layers.enumerated() {
      names["\(ours).\(layer.convolution)"] = "\(theirs)_\(layer.stored)"
      names["\(ours).bn\(index + 1)"] = "\(theirs)_\(layer.norm)"
    }
  }
  return names
}

/// Our layers' names to those that Keras gives layers without a name: the class and a number, counted in
/// the order in which the layers were made.
func kerasNumberedLayers(of architecture: Architecture) -> [String: String] {
  var names: [String: String] = [:]
  var counts: [String: Int] = [:]
  for node in Graph(architecture).nodes {
    let layer: String
    switch node.operation {
    case .convolution: layer = "conv2d"
    case .depthwiseConvolution: layer = "depthwise_conv2d"
    case .batchNorm: layer = "batch_normalization"
    case .linear: layer = "dense"
    case .input, .averagePool, .activation, .globalAveragePool, .scale, .add, .dropout,
      .stochasticDepth:
      continue
    }
    let count = counts[layer, default: 0]
    names[node.name] = count == 0 ? layer : "\(layer)_\(count)"
    counts[layer] = count + 1
  }
  return names
}
