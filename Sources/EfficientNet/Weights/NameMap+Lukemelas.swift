/// Our layers' names to those of lukemelas' EfficientNet-PyTorch, which numbers blocks through all
/// stages and norms by their place in a full block.
///
/// Source: [EfficientNet-PyTorch](https://github.com/lukemelas/EfficientNet-PyTorch), model.py.
func lukemelasLayers(of architecture: Architecture) -> [String: String] {
  var names = [
    "conv_stem": "_conv_stem", "bn1": "_bn0",
    "conv_head": "_conv_head", "bn2": "_bn1",
    "classifier": "_fc",
  ]
  for block in architecture.blocks {
    switch block.stage.block {
    case .mbConv, .fusedMBConv, .articleMBConv: break
    case .separable, .bottleneck: continue
    }
    let (ours, theirs) = (block.name, "_blocks.\(block.number)")
    names["\(ours).conv_dw"] = "\(theirs)._depthwise_conv"
    names["\(ours).se.conv_reduce"] = "\(theirs)._se_reduce"
    names["\(ours).se.conv_expand"] = "\(theirs)._se_expand"
    if block.isExpanding {
      names["\(ours).conv_pw"] = "\(theirs)._expand_conv"
      names["\(ours).bn1"] = "\(theirs)._bn0"
      names["\(ours).bn2"] = "\(theirs)._bn1"
      names["\(ours).conv_pwl"] = "\(theirs)._project_conv"
      names["\(ours).bn3"] = "\(theirs)._bn2"
    } else {
      names["\(ours).bn1"] = "\(theirs)._bn1"
      names["\(ours).conv_pw"] = "\(theirs)._project_conv"
      names["\(ours).bn2"] = "\(theirs)._bn2"
    }
  }
  return names
}
