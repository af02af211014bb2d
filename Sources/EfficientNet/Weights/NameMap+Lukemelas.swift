/// Returns the names in lukemelas' EfficientNet-PyTorch for this library's layer names. It numbers
/// blocks across all stages and norms by their position in a full block.
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
    names["\(ours).se.conv_reduce"] = "\(theirs)._se_reduce"
    names["\(ours).se.conv_expand"] = "\(theirs)._se_expand"
    let first = block.isExpanding ? 0 : 1
    let stored = ["_expand_conv", "_depthwise_conv", "_project_conv"].dropFirst(first)
    for (index, layer) in zip(block.mbConvolutions, stored).enumerated() {
      names["\(ours).\(layer.0)"] = "\(theirs).\(layer.1)"
      names["\(ours).bn\(index + 1)"] = "\(theirs)._bn\(index + first)"
    }
  }
  return names
}
