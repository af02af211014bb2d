import ArgumentParser
import EfficientNet
import EfficientNetHub
import EfficientNetReports

struct ModelsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "models",
    abstract: "List the networks, or describe one.",
    usage: "effnet models [<options>]",
    discussion: """
      MACs are multiply-accumulate operations per image at the network's own resolution; papers \
      call them FLOPs. With --model, prints the stages of one network; resolutions are those of \
      the stages' outputs, where the paper's table 1 shows those of their inputs. With --all, \
      also lists the networks as other frameworks build them: they differ in padding, batch norm \
      and preprocessing.

      Examples:
        effnet models
        effnet models --all
        effnet models --model b0
        effnet models --model b0 --json > my.json
        effnet models --model my.json
      """)

  @OptionGroup var network: ModelOptions
  @Flag(help: "Also list the networks of other frameworks.") var all = false
  @Flag(help: "Print JSON: an array of networks, or with --model a file to edit.")
  var json = false
  @OptionGroup var scale: ScaleOptions
  @OptionGroup var shape: ShapeOptions

  func validate() throws {
    if network.model == nil {
      for (option, isGiven) in [
        ("--resolution", network.resolution != nil), ("--classes", shape.classes != nil),
        ("--channels", shape.channels != nil), ("--dropout", shape.dropout != nil),
      ] where isGiven {
        throw ValidationError("\(option) needs --model")
      }
    } else if all {
      throw ValidationError("--all lists networks, --model describes one; use one of them")
    }
  }

  func run() throws {
    if let description = try ModelSource(network, scale: scale).description() {
      let architecture = try shape.apply(to: description.architecture)
      return try StandardOutput.print(
        json ? architecture.json : stageLines(of: architecture).joined(separator: "\n"))
    }
    let rows = (all ? PublishedNetwork.all : Variant.all.map(PublishedNetwork.init(_:))).map {
      (
        name: $0.name, resolution: $0.architecture.resolution, scale: $0.variant.scale,
        cost: NetworkCost($0.architecture), weights: weights(of: $0.name)
      )
    }
    if json {
      let records = rows.map { row -> JSONObject in
        [
          "name": row.name, "resolution": row.resolution, "parameters": row.cost.parameters,
          "macs": row.cost.macs, "width": row.scale.width, "depth": row.scale.depth,
          "dropout": row.scale.dropout, "weights": row.weights,
        ]
      }
      return try StandardOutput.print(json: records, isPretty: true)
    }
    try StandardOutput.print(
      rows.tableLines(
        .left("name") { $0.name }, .right("resolution") { "\($0.resolution)" },
        .right("parameters") { $0.cost.parameters.grouped },
        .right("MACs") { (Double($0.cost.macs) / 1e6).formatted(digits: 1) + " M" },
        .right("width") { "\($0.scale.width)" }, .right("depth") { "\($0.scale.depth)" },
        .right("dropout") { "\($0.scale.dropout)" }, .left("weights") { $0.weights }))
  }

  /// Returns "downloaded", the command that downloads the weights, or "" if none are published.
  private func weights(of name: String) -> String {
    if let cache = try? ModelCache.standard, cache.contains(name) { return "downloaded" }
    return PretrainedModel(named: name) == nil ? "" : "effnet pull \(name)"
  }
}

/// Returns a network as a table: a row for the stem, each stage and the head. Resolutions are those
/// of the outputs.
private func stageLines(of architecture: Architecture) -> [String] {
  let graph = Graph(architecture)
  let shapes = graph.shapes(input: architecture.inputShape)
  /// The side of the last feature map of a part, in pixels.
  func side(_ name: String) -> String {
    graph.nodes.lastIndex { $0.part.stageName == name }.map { "\(shapes[$0].h)" } ?? ""
  }
  var rows = [
    ("Conv k3", stride: 2, side: side("conv_stem"), channels: architecture.stem, layers: 1)
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
  let macs = graph.multiplyAdds(input: architecture.inputShape).reduce(0, +)
  return [
    "\(architecture.name): \(graph.parameterCount.grouped) parameters, "
      + "\((Double(macs) / 1e6).formatted(digits: 1)) M MACs",
    "input \(architecture.resolution)×\(architecture.resolution)×\(architecture.inputChannels), "
      + "\(architecture.classes) classes, \(architecture.activation.rawValue), "
      + "\(architecture.padding.rawValue) padding, batch-norm epsilon \(architecture.batchNormEpsilon)",
    "",
  ]
    + rows.enumerated().tableLines(
      .right("stage") { "\($0.offset + 1)" }, .left("operator") { $0.element.0 },
      .right("stride") { "\($0.element.stride)" }, .right("resolution") { $0.element.side },
      .right("channels") { "\($0.element.channels)" }, .right("layers") { "\($0.element.layers)" })
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
