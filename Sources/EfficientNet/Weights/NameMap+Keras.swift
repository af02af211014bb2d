/// Returns the names in Keras' applications for this library's layer names. Keras names blocks
/// "block1a", "block1b", "block2a", and so on.
///
/// Source: [Keras](https://github.com/keras-team/keras), applications/efficientnet.py and
/// efficientnet_v2.py.
///
/// - Parameter depthwise: The name of a block's depthwise convolution.
func kerasLayers(of architecture: Architecture, depthwise: String) -> [String: String] {
  var names = [
    "conv_stem": "stem_conv", "bn1": "stem_bn",
    "conv_head": "top_conv", "bn2": "top_bn",
    "classifier": "predictions",
  ]
  for block in architecture.blocks {
    let ours = block.name
    // After "z" comes the next Unicode character, as with Python's chr.
    let letter = Unicode.Scalar(97 + UInt32(block.index)).map(String.init) ?? "\(block.index)"
    let theirs = "block\(block.stageIndex + 1)\(letter)"
    names["\(ours).se.conv_reduce"] = "\(theirs)_se_reduce"
    names["\(ours).se.conv_expand"] = "\(theirs)_se_expand"
    for (index, convolution) in block.convolutions.enumerated() {
      let (stored, norm) =
        if convolution == "conv_dw" {
          (depthwise, "bn")
        } else if index == block.convolutions.count - 1 {
          ("project_conv", "project_bn")
        } else {
          ("expand_conv", "expand_bn")
        }
      names["\(ours).\(convolution)"] = "\(theirs)_\(stored)"
      names["\(ours).bn\(index + 1)"] = "\(theirs)_\(norm)"
    }
  }
  return names
}

/// Returns the names that Keras gives to unnamed layers: the class and a number, counted in the
/// order of the layers' creation.
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
