public import EfficientNet
internal import EfficientNetReports
internal import EfficientNetTraining

/// A network drawn block by block.
struct ArchitectureDrawing {
  private let architecture: Architecture
  private let title: String

  private static let width = 420.0
  private static let row = 30.0
  private static let box = (left: 12.0, right: 322.0, height: 24.0)

  init(_ sample: ArchitectureSearch.Sample) {
    architecture = sample.candidate.architecture
    title =
      "\(sample.candidate.name): reward \(sample.reward.fixed(3)), top-1 \(sample.top1.percent())"
  }

  /// A row: what a box says, what stands beside it, and its width.
  private struct Row {
    let text: String
    let shape: String
    let channels: Int
    let style: String
  }

  private var rows: [Row] {
    var side = (architecture.resolution + 1) / 2
    func row(_ text: String, _ channels: Int, _ style: String) -> Row {
      Row(text: text, shape: "\(side)×\(side)×\(channels)", channels: channels, style: style)
    }
    var rows = [row("Conv 3×3", architecture.stem, "count")]
    for stage in architecture.stages {
      side = (side + stage.stride - 1) / stage.stride
      rows.append(row(stage.title, stage.channels, stage.style))
    }
    if let head = architecture.head { rows.append(row("Conv 1×1, pooling", head, "count")) }
    return rows
  }

  var svg: HTML {
    let rows = rows
    let height = 34 + Self.row * Double(rows.count)
    let most = Double(rows.map(\.channels).max() ?? 1).squareRoot()
    var result: HTML = """
      <svg class="chart" viewBox="0 0 \(number: Self.width) \(number: height)" role="img" aria-label="\(title)">\
      <text class="title" x="12" y="20">\(title)</text>
      """
    for (index, row) in rows.enumerated() {
      let y = 32 + Self.row * Double(index)
      let share = 0.78 + 0.22 * Double(row.channels).squareRoot() / most
      result += """
        <rect class="\(row.style)" x="\(number: Self.box.left)" y="\(number: y)" rx="5" \
        width="\(number: share * (Self.box.right - Self.box.left))" height="\(number: Self.box.height)"/>\
        <text class="box" x="\(number: Self.box.left + 8)" y="\(number: y + 17)">\(row.text)</text>\
        <text x="\(number: Self.box.right + 8)" y="\(number: y + 17)">\(row.shape)</text>
        """
    }
    result += "</svg>"
    return result
  }
}

extension Stage {
  /// What its layers are called in a drawing and in a table, and the class of its box in the style sheet.
  private var operation: (title: String, short: String, style: String) {
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

  /// What is added to the result of its blocks, likewise.
  private var addition: (title: String, short: String) {
    switch skip {
    case .identity: (" +", "")
    case .pool: (" + pool", " pool")
    case .none: ("", " plain")
    }
  }

  /// For instance "MBConv6 5×5, SE, 3 layers +".
  fileprivate var title: String {
    "\(operation.title) \(kernel)×\(kernel)\(squeeze == nil ? "" : ", SE")"
      + (repeats == 1 ? "" : ", \(repeats) layers") + addition.title
  }

  fileprivate var style: String { operation.style }

  /// In a few letters: "MB6 k5 se c40 ×3 pool".
  public var short: String {
    "\(operation.short) k\(kernel)\(squeeze == nil ? "" : " se") c\(channels) ×\(repeats)\(addition.short)"
  }
}
