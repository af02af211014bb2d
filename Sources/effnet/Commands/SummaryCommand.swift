import ArgumentParser
import EfficientNet
import EfficientNetFormats
import EfficientNetReports
import FoundationEssentials

struct SummaryCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "summary",
    abstract: "Show a network layer by layer.",
    discussion: """
      For one image: the shape of each layer's output (height × width × channels), its parameters, its \
      multiply-accumulate operations and the bytes of its output. --plan shows instead what this machine runs: \
      the steps with the layers fused into them, their tiles, the pieces that threads share, and the memory.

      Examples:
        effnet summary --model b0
        effnet summary --model b0 --plan --threads 2
        effnet summary --model b0 --width 1.3 --depth 1.5 --resolution 256
        effnet summary --model torchvision/efficientnet_v2_s --csv > v2-s.csv
      """)

  @OptionGroup var network: ModelOptions
  @OptionGroup var shape: ShapeOptions
  @OptionGroup var file: WeightOptions
  @Flag(help: "Show how the network is run on this machine.") var plan = false
  @Option(parsing: .unconditional, help: "Threads to plan for (default: all processors).")
  var threads: Int?
  @Option(help: "Numbers to plan for (default: fp32).") var precision: Precision?
  @Flag(help: "Print one JSON object.") var json = false
  @Flag(help: "Print CSV.") var csv = false

  func validate() throws {
    guard network.model != nil || file.weights != nil else {
      throw ValidationError("name a network with --model, or a file with --weights")
    }
    try NetworkOptions.check(threads ?? 1, "--threads", 1...1024)
    if !plan, threads != nil || precision != nil {
      throw ValidationError("--threads and --precision go with --plan")
    }
    if plan, csv { throw ValidationError("--csv does not go with --plan; --json does") }
    if json, csv { throw ValidationError("--json and --csv exclude each other") }
  }

  func run() throws {
    let architecture = try shape.apply(to: try architecture())
    if plan {
      let summary = try PlanSummary(
        architecture, precision: precision ?? .float32,
        threads: threads ?? ThreadPool.availableProcessors)
      return try PlanReport(summary: summary).print(asJSON: json)
    }
    let summary = NetworkSummary(architecture)
    if json {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
      try StandardOutput.print(String(decoding: encoder.encode(summary), as: UTF8.self))
    } else {
      for line in csv ? summary.csvLines : summary.textLines { try StandardOutput.print(line) }
    }
  }

  private func architecture() throws -> Architecture {
    guard let weights = file.weights else {
      guard let description = try network.description() else {
        throw ValidationError("name a network with --model")
      }
      return description.architecture
    }
    return try network.load(weights, prefersEMA: file.prefersEMA, needsClassifier: false)
      .description.architecture
  }
}

/// What a network's layers are and cost, for one image.
private struct NetworkSummary: Encodable {
  struct Layer: Encodable {
    let name: String
    let operation: String
    /// Height, width, channels.
    let output: [Int]
    let parameters: Int
    let macs: Int
    let activationBytes: Int

    private enum CodingKeys: String, CodingKey {
      case name, operation, output, parameters, macs
      case activationBytes = "activation_bytes"
    }
  }

  let model: String
  let input: [Int]
  let classes: Int
  let parameters: Int
  let macs: Int
  /// Of all layers together, as training without recomputation would keep them.
  let activationBytes: Int
  let layers: [Layer]

  private enum CodingKeys: String, CodingKey {
    case model, input, classes, parameters, macs, layers
    case activationBytes = "activation_bytes"
  }

  init(_ architecture: Architecture) {
    let graph = Graph(architecture)
    let shapes = graph.shapes(input: architecture.inputShape)
    let macs = graph.multiplyAdds(input: architecture.inputShape)
    layers = zip(graph.nodes, zip(shapes, macs)).dropFirst().map { node, cost in
      let (shape, macs) = cost
      let parameters = node.operation.parameters(layer: node.name)
      return Layer(
        name: node.name, operation: node.operation.summary,
        output: [shape.h, shape.w, shape.c],
        parameters: parameters.reduce(0) { $0 + ($1.isTrainable ? $1.count : 0) }, macs: macs,
        activationBytes: 4 * shape.count)
    }
    model = architecture.name
    input = [architecture.resolution, architecture.resolution, architecture.inputChannels]
    classes = architecture.classes
    parameters = graph.parameterCount
    self.macs = macs.reduce(0, +)
    activationBytes = layers.reduce(0) { $0 + $1.activationBytes }
  }

  var csvLines: [String] {
    let rows = layers.map { layer in
      "\(layer.name),\"\(layer.operation)\",\(layer.output.map(String.init).joined(separator: "x")),"
        + "\(layer.parameters),\(layer.macs),\(layer.activationBytes)"
    }
    return ["name,operation,output,parameters,macs,activation_bytes"] + rows
  }

  var textLines: [String] {
    var table = TextTable([.left, .left, .right, .right, .right, .right])
    table.add("layer", "operation", "output", "parameters", "MACs", "bytes")
    for layer in layers {
      table.add(
        layer.name, layer.operation, layer.output.map(String.init).joined(separator: "×"),
        layer.parameters == 0 ? "" : layer.parameters.grouped,
        layer.macs == 0 ? "" : layer.macs.grouped, layer.activationBytes.grouped)
    }
    table.add("total", "", "", parameters.grouped, macs.grouped, activationBytes.grouped)
    return [
      "\(model), input \(input.map(String.init).joined(separator: "×")), \(classes) classes", "",
    ] + table.lines
  }
}

extension Operation {
  /// A few words.
  fileprivate var summary: String {
    switch self {
    case .input: "input"
    case .convolution(let c):
      "conv \(c.kernel)×\(c.kernel)" + (c.stride > 1 ? " /\(c.stride)" : "")
    case .depthwiseConvolution(let c):
      "depthwise \(c.kernel)×\(c.kernel)" + (c.stride > 1 ? " /\(c.stride)" : "")
    case .averagePool(let c):
      "average pool \(c.kernel)×\(c.kernel)" + (c.stride > 1 ? " /\(c.stride)" : "")
    case .batchNorm: "batch norm"
    case .activation(let activation): activation.rawValue
    case .globalAveragePool: "average pool"
    case .scale: "scale"
    case .add: "add"
    case .dropout(let rate): "dropout \(rate)"
    case .stochasticDepth(let rate): "stochastic depth \((rate).formatted(digits: 3))"
    case .linear: "linear"
    }
  }
}
