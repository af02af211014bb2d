import ArgumentParser
import EfficientNet
import EfficientNetHub
import EfficientNetReports

struct ModelsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "models",
    abstract: "List the networks, or describe one.",
    usage: "effnet models [<network>] [<options>]",
    discussion: """
      MACs are those of one image at the network's own resolution. \(NetworkCost.unit) Below the \
      list stand the accuracy, parameters and FLOPs of the paper's table 2 beside effnet's counts.

      With a network, prints its row of table 2, and its stages as the paper's table 1, with the \
      resolution of each stage's input and output. With --all, also lists the networks as other \
      frameworks build them: they differ in padding, batch norm and preprocessing.

      Examples:
        effnet models
        effnet models --all
        effnet models b0
        effnet models b0 --json > my.json
        effnet models my.json
        effnet models runs/train/photos
      """)

  @OptionGroup var argument: NetworkArgument
  @OptionGroup var network: ModelOptions
  @Flag(help: "Also list the networks of other frameworks.") var all = false
  @Flag(help: "Print JSON: an array of networks, or of one network a file to edit.")
  var json = false
  @OptionGroup var scale: ScaleOptions
  @OptionGroup var shortening: StageOptions
  @OptionGroup var shape: ShapeOptions

  func validate() throws {
    if network.model == nil, argument.name == nil {
      for (option, isGiven) in [
        ("--resolution", network.resolution != nil), ("--classes", shape.classes != nil),
        ("--stages", shortening.stages != nil),
        ("--channels", shape.channels != nil), ("--dropout", shape.dropout != nil),
      ] where isGiven {
        throw ValidationError("\(option) needs --model")
      }
    } else if all {
      throw ValidationError(
        "--all lists networks, --model or an argument describes one; use one of them")
    }
  }

  func run() throws {
    let source = try ModelSource(network, argument: argument.name, scale: scale)
    if let description = try source.description() {
      let architecture = try shape.apply(to: shortening.apply(to: description.architecture))
      return try StandardOutput.print(
        json ? architecture.json : stageLines(of: architecture).joined(separator: "\n"))
    }
    let rows = (all ? PublishedNetwork.all : Variant.all.map(PublishedNetwork.init(_:))).map {
      (
        name: $0.name, resolution: $0.architecture.resolution, scale: $0.variant.scale,
        cost: NetworkCost($0.architecture), weights: weights(of: $0),
        paper: (try? Variant(named: $0.name))?.paper
      )
    }
    if json {
      let records = rows.map { row -> JSONObject in
        [
          "name": row.name, "resolution": row.resolution, "parameters": row.cost.parameters,
          "macs": row.cost.macs, "width": row.scale.width, "depth": row.scale.depth,
          "dropout": row.scale.dropout, "weights": row.weights, "paper": row.paper,
        ]
      }
      return try StandardOutput.print(json: records, isPretty: true)
    }
    try StandardOutput.print(
      rows.tableLines(
        .left("name") { $0.name }, .right("resolution") { "\($0.resolution)" },
        .right("parameters") { $0.cost.parameters.grouped },
        .right("MACs") { Double($0.cost.macs).abbreviated },
        .right("width") { "\($0.scale.width)" }, .right("depth") { "\($0.scale.depth)" },
        .right("dropout") { "\($0.scale.dropout)" }, .left("weights") { $0.weights })
        + Variant.PaperRow.table)
  }

  /// Returns "downloaded", the command that downloads the weights, or "" if none are published.
  private func weights(of network: PublishedNetwork) -> String {
    if (try? ModelCache.standard)?.contains(network.name) == true { return "downloaded" }
    let name = PretrainedModel(named: network.name)?.variant.name ?? network.repository
    guard let name else { return "" }
    return ModelSource.Kind.snapshot(named: name) == nil
      ? "effnet pull \(name)" : "downloaded: \(name)"
  }
}

/// Returns a network as the paper's table 1: a row for the stem, each stage and the head, with the
/// resolution of its input and its output.
private func stageLines(of architecture: Architecture) -> [String] {
  let graph = Graph(architecture)
  let shapes = graph.shapes(input: architecture.inputShape)
  /// The side of the last feature map of a part, in pixels.
  func side(_ name: String) -> Int {
    graph.nodes.lastIndex { $0.part.stageName == name }.map { shapes[$0].h } ?? 0
  }
  var rows = [
    ("Conv k3", stride: 2, output: side("conv_stem"), channels: architecture.stem, layers: 1)
  ]
  for (index, stage) in architecture.stages.enumerated() {
    rows.append(
      (stage.operatorName, stage.stride, side("blocks.\(index)"), stage.channels, stage.repeats))
  }
  let (last, lastPart) =
    architecture.head == nil
    ? ("Pool, linear", "blocks.\(architecture.stages.count - 1)")
    : ("Conv k1, pool, linear", "conv_head")
  rows.append((last, 1, side(lastPart), architecture.features, 1))
  let inputs = [architecture.resolution] + rows.map(\.output)
  let macs = graph.multiplyAdds(input: architecture.inputShape).reduce(0, +)
  let paper = Variant.all.first { $0.architecture == architecture }?.paper
  return [
    "\(architecture.name): \(graph.parameterCount.grouped) parameters, "
      + "\(Double(macs).abbreviated) MACs",
    "input \(architecture.resolution)×\(architecture.resolution)×\(architecture.inputChannels), "
      + "\(architecture.classes) classes, \(architecture.activation.rawValue), "
      + "\(architecture.padding.rawValue) padding, batch-norm epsilon \(architecture.batchNormEpsilon)",
  ] + [paper?.line(counted: macs)].compactMap(\.self) + [""]
    + zip(inputs, rows).enumerated().tableLines(
      .right("stage") { "\($0.offset + 1)" }, .left("operator") { $0.element.1.0 },
      .right("stride") { "\($0.element.1.stride)" },
      .right("input") { "\($0.element.0)×\($0.element.0)" },
      .right("output") { "\($0.element.1.output)×\($0.element.1.output)" },
      .right("#channels") { "\($0.element.1.channels)" },
      .right("#layers") { "\($0.element.1.layers)" })
}

extension Stage {
  /// For instance "MBConv6 k5, squeeze 0.25".
  fileprivate var operatorName: String {
    let kind =
      switch block {
      case .mbConv: "MBConv\(expand)"
      // Without an expansion, it is a plain convolution.
      case .fusedMBConv: expand == 1 ? "Conv" : "Fused-MBConv\(expand)"
      case .articleMBConv: "ArticleMBConv\(expand)"
      case .separable: "Separable"
      case .bottleneck: "Bottleneck\(expand)"
      }
    return "\(kind) k\(kernel)" + (squeeze.map { ", squeeze \($0.shortest)" } ?? "")
      + (skip == .pool
        ? ", pooled skip" : skip == .none && repeats > 1 && block != .separable ? ", no skip" : "")
  }
}
