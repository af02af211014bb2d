public import EfficientNet
internal import EfficientNetReports
internal import EfficientNetTraining

extension ArchitectureSearch.Sample {
  /// A drawing of the network, stage by stage.
  var drawing: HTML {
    let title = "\(candidate.name): reward \(reward.fixed(3)), top-1 \(top1.percent())"
    let rows = candidate.architecture.rows
    let (width, rowHeight) = (420.0, 30.0)
    let box = (left: 12.0, right: 322.0, height: 24.0)
    let height = 34 + rowHeight * Double(rows.count)
    let most = Double(rows.map(\.channels).max() ?? 1).squareRoot()
    var result: HTML = """
      <svg class="chart" viewBox="0 0 \(number: width) \(number: height)" role="img" aria-label="\(title)">\
      <text class="title" x="12" y="20">\(title)</text>
      """
    for (index, row) in rows.enumerated() {
      let y = 32 + rowHeight * Double(index)
      let share = 0.78 + 0.22 * Double(row.channels).squareRoot() / most
      result += """
        <rect class="\(row.style)" x="\(number: box.left)" y="\(number: y)" rx="5" \
        width="\(number: share * (box.right - box.left))" height="\(number: box.height)"/>\
        <text class="box" x="\(number: box.left + 8)" y="\(number: y + 17)">\(row.text)</text>\
        <text x="\(number: box.right + 8)" y="\(number: y + 17)">\(row.shape)</text>
        """
    }
    result += "</svg>"
    return result
  }
}

extension Architecture {
  /// The stages in short, such as "conv k3 c16 ×1 · MB6 k5 se c40 ×3"; see `Stage.notation`.
  package var shortStages: String { stages.map(\.short).joined(separator: " · ") }

  /// The texts in the boxes of a drawing and next to them.
  fileprivate var rows: [(text: String, shape: String, channels: Int, style: String)] {
    var side = (resolution + 1) / 2
    var rows = [("Conv 3×3", "\(side)×\(side)×\(stem)", stem, "count")]
    for stage in stages {
      side = (side + stage.stride - 1) / stage.stride
      let shape = "\(side)×\(side)×\(stage.channels)"
      rows.append((stage.title, shape, stage.channels, stage.operation.style))
    }
    if let head { rows.append(("Conv 1×1, pooling", "\(side)×\(side)×\(head)", head, "count")) }
    return rows
  }
}

extension Stage {
  /// The names of the layers in a drawing and in a table, and the style class of the box.
  fileprivate var operation: (title: String, short: String, style: String) {
    switch (block, expand) {
    case (.mbConv, 1): ("SepConv", "sep", "unsure")
    case (.mbConv, _): ("MBConv\(expand)", "MB\(expand)", "hit light")
    case (.fusedMBConv, 1): ("Conv", "conv", "sure")
    case (.fusedMBConv, _): ("Fused-MBConv\(expand)", "fused\(expand)", "sure")
    case (.articleMBConv, _): ("MBConv\(expand)", "article\(expand)", "hit light")
    case (.separable, _): ("Separable", "separable", "unsure")
    case (.bottleneck, _): ("Bottleneck", "bottleneck\(expand)", "sure")
    }
  }

  /// The names of the skip connection in a drawing and in a table.
  private var addition: (title: String, short: String) {
    switch skip {
    case .identity: (" +", "")
    case .pool: (" + pool", " pool")
    case .none: ("", " plain")
    }
  }

  /// The text of a box, such as "MBConv6 5×5, SE, 3 layers +".
  fileprivate var title: String {
    "\(operation.title) \(kernel)×\(kernel)\(squeeze == nil ? "" : ", SE")"
      + (repeats == 1 ? "" : ", \(repeats) layers") + addition.title
  }

  /// An explanation of ``short`` in a line.
  package static let briefNotation =
    "MB6 k5 se c40 ×3 pool: operation, kernel 5×5, squeeze-and-excitation, 40 channels, 3 layers, "
    + "skip connection; sep, MB3, MB6: MBConv1, MBConv3, MBConv6"

  /// An explanation of ``short`` with all its words.
  static let notation =
    "Stages are separated by “·”. In “MB6 k5 se c40 ×3 pool”, MB6 is the operation (conv: full "
    + "convolution; sep: MBConv1, a depthwise-separable convolution; MB3, MB6: MBConv3, MBConv6, "
    + "which expand 3 or 6 times), k5 a kernel of 5×5, se squeeze-and-excitation, c40 the channels, "
    + "×3 the layers, and pool or plain the skip connection (pool: pooled; plain: none; "
    + "without a word: identity)."

  /// A short description, such as "MB6 k5 se c40 ×3 pool"; see `notation`.
  public var short: String {
    "\(operation.short) k\(kernel)\(squeeze == nil ? "" : " se") c\(channels) ×\(repeats)\(addition.short)"
  }
}
