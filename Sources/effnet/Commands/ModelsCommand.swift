#if Tools
  import ArgumentParser
  import EfficientNet
  import EfficientNetFormats
  import FoundationEssentials

  struct ModelsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "models",
      abstract: "List the networks.",
      discussion: """
        MACs are multiply-accumulate operations for one image at the network's own resolution; papers call \
        them FLOPs.

        Example:
          effnet models
        """)

    @Flag(help: "Print one JSON array.") var json = false

    func run() throws {
      let rows = Variant.all.map(ModelRow.init)
      if json {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
        return try StandardOutput.print(String(decoding: encoder.encode(rows), as: UTF8.self))
      }
      var table = TextTable([.left, .right, .right, .right, .right, .right, .right, .left])
      table.add("name", "resolution", "parameters", "MACs", "width", "depth", "dropout", "weights")
      for row in rows {
        table.add(
          row.name, "\(row.resolution)", row.parameters.grouped,
          (Double(row.macs) / 1e6).formatted(digits: 1) + " M", row.width.formatted(digits: 1),
          row.depth.formatted(digits: 1), row.dropout.formatted(digits: 1), row.weights)
      }
      try StandardOutput.print(table.lines.joined(separator: "\n"))
    }
  }

  /// One network in the list.
  private struct ModelRow: Encodable {
    let name: String
    let resolution: Int
    let parameters: Int
    let macs: Int
    let width: Double
    let depth: Double
    let dropout: Double
    /// Whether weights are "downloaded", can be had by "effnet pull", or "".
    let weights: String

    init(_ variant: Variant) {
      let architecture = variant.architecture
      let graph = Graph(architecture)
      name = variant.name
      resolution = architecture.resolution
      parameters = graph.parameterCount
      macs = graph.multiplyAdds(input: architecture.inputShape).reduce(0, +)
      width = variant.scale.width
      depth = variant.scale.depth
      dropout = variant.scale.dropout
      if ModelCache.standard.contains(name) {
        weights = "downloaded"
      } else {
        weights = PretrainedModel(named: name) == nil ? "" : "effnet pull \(name)"
      }
    }
  }
#endif
