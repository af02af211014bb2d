/// Returns the names in torchvision's EfficientNet and EfficientNetV2 for this library's layer
/// names. torchvision numbers layers by their position in nested sequences.
///
/// Source: [torchvision](https://github.com/pytorch/vision), models/efficientnet.py.
func torchvisionLayers(of architecture: Architecture) -> [String: String] {
  let last = "features.\(architecture.stages.count + 1)"
  var names = [
    "conv_stem": "features.0.0", "bn1": "features.0.1",
    "conv_head": "\(last).0", "bn2": "\(last).1",
    "classifier": "classifier.1",
  ]
  for block in architecture.blocks {
    let ours = block.name
    let theirs = "features.\(block.stageIndex + 1).\(block.index).block"
    var place = 0
    for (index, convolution) in block.convolutions.enumerated() {
      // Squeeze-and-excitation precedes the last convolution.
      if index == block.convolutions.count - 1, block.squeezed != nil {
        names["\(ours).se.conv_reduce"] = "\(theirs).\(place).fc1"
        names["\(ours).se.conv_expand"] = "\(theirs).\(place).fc2"
        place += 1
      }
      names["\(ours).\(convolution)"] = "\(theirs).\(place).0"
      names["\(ours).bn\(index + 1)"] = "\(theirs).\(place).1"
      place += 1
    }
  }
  return names
}

/// Returns the names in torchvision's MobileNetV2 for this library's layer names.
///
/// Source: [torchvision](https://github.com/pytorch/vision), models/mobilenetv2.py.
func torchvisionMobileNetLayers(of architecture: Architecture) -> [String: String] {
  let blocks = architecture.blocks
  let last = "features.\(blocks.count + 1)"
  var names = [
    "conv_stem": "features.0.0", "bn1": "features.0.1",
    "conv_head": "\(last).0", "bn2": "\(last).1",
    "classifier": "classifier.1",
  ]
  for block in blocks {
    let (ours, theirs) = (block.name, "features.\(block.number + 1).conv")
    let last = block.mbConvolutions.count - 1
    for (place, convolution) in block.mbConvolutions.enumerated() {
      // A layer with an activation is a nested sequence; the last layer has no activation.
      names["\(ours).\(convolution)"] =
        place == last ? "\(theirs).\(place)" : "\(theirs).\(place).0"
      names["\(ours).bn\(place + 1)"] =
        place == last ? "\(theirs).\(place + 1)" : "\(theirs).\(place).1"
    }
  }
  return names
}

/// Returns the names in torchvision's MNASNet for this library's layer names. Stem, first block and
/// stacks are one sequence.
///
/// Source: [torchvision](https://github.com/pytorch/vision), models/mnasnet.py.
func torchvisionMnasNetLayers(of architecture: Architecture) -> [String: String] {
  let afterStacks = 7 + architecture.stages.count
  var names = [
    "conv_stem": "layers.0", "bn1": "layers.1",
    "blocks.0.0.conv_dw": "layers.3", "blocks.0.0.bn1": "layers.4",
    "blocks.0.0.conv_pw": "layers.6", "blocks.0.0.bn2": "layers.7",
    "conv_head": "layers.\(afterStacks)", "bn2": "layers.\(afterStacks + 1)",
    "classifier": "classifier.1",
  ]
  for block in architecture.blocks where block.stageIndex > 0 {
    let ours = block.name
    let theirs = "layers.\(7 + block.stageIndex).\(block.index).layers"
    for (index, convolution) in ["conv_pw", "conv_dw", "conv_pwl"].enumerated() {
      names["\(ours).\(convolution)"] = "\(theirs).\(3 * index)"
      names["\(ours).bn\(index + 1)"] = "\(theirs).\(3 * index + 1)"
    }
  }
  return names
}
