import ArgumentParser
import EfficientNet
import EfficientNetHub
import EfficientNetReports

struct ModelsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "models",
    abstract: "List the networks, or describe one.",
    discussion: """
      MACs are multiply-accumulate operations for one image at the network's own resolution; papers call \
      them FLOPs. With --all, the same networks as other frameworks build them are listed too: they differ \
      in padding, batch norm and preprocessing.

      Examples:
        effnet models
        effnet models --all
        effnet models --model b0                      table 1 of the paper
        effnet models --model b0 --json > my.json     a file to edit, for --model my.json
      """)

  @OptionGroup var network: ModelOptions
  @OptionGroup var scale: ScaleOptions
  @OptionGroup var shape: ShapeOptions
  @Flag(help: "List the networks of other frameworks as well.") var all = false
  @Flag(help: "Print JSON: an array of networks, or the one of --model as a file to edit.")
  var json = false

  func validate() throws {
    if network.model == nil {
      for (option, isGiven) in [
        ("--resolution", network.resolution != nil), ("--classes", shape.classes != nil),
        ("--channels", shape.channels != nil), ("--dropout", shape.dropout != nil),
      ] where isGiven {
        throw ValidationError("\(option) needs --model")
      }
    } else if all {
      throw ValidationError("--all lists networks, --model describes one: give one of them")
    }
  }

  func run() throws {
    if let description = try ModelSource(network, scale: scale).description() {
      let architecture = try shape.apply(to: description.architecture)
      return try StandardOutput.print(
        json ? architecture.json : stageLines(of: architecture).joined(separator: "\n"))
    }
    let rows = (all ? PublishedNetwork.all : Variant.all.map(PublishedNetwork.init(_:)))
      .map(ModelRow.init)
    if json { return try StandardOutput.print(json: rows, isPretty: true) }
    var table = TextTable([.left, .right, .right, .right, .right, .right, .right, .left])
    table.add("name", "resolution", "parameters", "MACs", "width", "depth", "dropout", "weights")
    for row in rows {
      table.add(
        row.name, "\(row.resolution)", row.parameters.grouped,
        (Double(row.macs) / 1e6).formatted(digits: 1) + " M", "\(row.width)",
        "\(row.depth)", "\(row.dropout)", row.weights)
    }
    try StandardOutput.print(table.lines)
  }
}

/// One network in the list.
private struct ModelRow: Encodable {
  let name: String
  let resolution, parameters, macs: Int
  let width, depth, dropout: Double
  /// Whether weights are "downloaded", can be had by "effnet pull", or "".
  let weights: String

  init(_ network: PublishedNetwork) {
    let architecture = network.architecture
    let graph = Graph(architecture)
    name = network.name
    resolution = architecture.resolution
    parameters = graph.parameterCount
    macs = graph.multiplyAdds(input: architecture.inputShape).reduce(0, +)
    width = network.variant.scale.width
    depth = network.variant.scale.depth
    dropout = network.variant.scale.dropout
    if let cache = try? ModelCache.standard, cache.contains(name) {
      weights = "downloaded"
    } else {
      weights = PretrainedModel(named: name) == nil ? "" : "effnet pull \(name)"
    }
  }
}

/// A network as in the paper's tables: a row for the stem, each stage and the head.
private func stageLines(of architecture: Architecture) -> [String] {
  let graph = Graph(architecture)
  let shapes = graph.shapes(input: architecture.inputShape)
  /// The side of the last feature map of a part.
  func side(_ name: String) -> String {
    graph.nodes.lastIndex { $0.part.stageName == name }.map { "\(shapes[$0].h)" } ?? ""
  }
  let stages = architecture.stages.count
  var table = TextTable([.right, .left, .right, .right, .right, .right])
  table.add("stage", "operator", "stride", "resolution", "channels", "layers")
  table.add("1", "Conv k3", "2", side("conv_stem"), "\(architecture.stem)", "1")
  for (index, stage) in architecture.stages.enumerated() {
    table.add(
      "\(index + 2)", stage.operatorName, "\(stage.stride)", side("blocks.\(index)"),
      "\(stage.channels)", "\(stage.repeats)")
  }
  table.add(
    "\(stages + 2)", architecture.head == nil ? "Pool, linear" : "Conv k1, pool, linear", "1",
    side(architecture.head == nil ? "blocks.\(stages - 1)" : "conv_head"),
    "\(architecture.features)", "1")
  let macs = graph.multiplyAdds(input: architecture.inputShape).reduce(0, +)
  return [
    "\(architecture.name): \(graph.parameterCount.grouped) parameters, "
      + "\((Double(macs) / 1e6).formatted(digits: 1)) M MACs",
    "input \(architecture.resolution)×\(architecture.resolution)×\(architecture.inputChannels), "
      + "\(architecture.classes) classes, \(architecture.activation.rawValue), "
      + "\(architecture.padding.rawValue) padding, batch-norm epsilon \(architecture.batchNormEpsilon)",
    "",
  ] + table.lines
}

extension Stage {
  /// For instance "MBConv6 k5, squeeze 0.25".
  fileprivate var operatorName: String {
    let kind =
      switch block {
      case .mbConv: "MBConv\(expand)"
      case .fusedMBConv: "Fused-MBConv\(expand)"
      case .articleMBConv: "ArticleMBConv\(expand)"
      case .separable: "Separable"
      case .bottleneck: "Bottleneck\(expand)"
      }
    return "\(kind) k\(kernel)" + (squeeze.map { ", squeeze \($0.shortest)" } ?? "")
      + (skip == .pool ? ", pooled skip" : "")
  }
}
