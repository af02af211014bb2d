import ArgumentParser
import EfficientNet
import EfficientNetReports

struct SummaryCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "summary",
    abstract: "Show a network layer by layer.",
    usage: "effnet summary [<network>] [<options>]",
    discussion: """
      Prints for one image: the shape of each layer's output (height × width × channels), its \
      parameters, its multiply-accumulate operations and the bytes of its output. No run or \
      training keeps all outputs: 'effnet train --estimate' prints the memory of a training. \
      --plan prints how effnet runs the network on this machine instead.

      Columns of --plan:
        step            name of the first of the layers that the step computes
        computes        operations that are fused into the step
        output          height × width × channels
        tiles           sums in registers: rows × columns of a product, columns ×
                        channels of a depthwise convolution
        pieces          parts of the step that threads share
        reads → writes  numbers of the buffers in the second table
        weights         bytes of weights
        layout          order of a buffer: NHWC, or channels in slabs
        offset          place of the buffer in the memory of an image, in bytes
        steps           first and last step that uses the buffer

      Examples:
        effnet summary b0
        effnet summary b0 --plan --threads 2
        effnet summary b0 --width 1.3 --depth 1.5 --resolution 256
        effnet summary torchvision/efficientnet_v2_s --csv > v2-s.csv
      """)

  @OptionGroup var argument: NetworkArgument
  @OptionGroup var network: ModelOptions
  @OptionGroup var file: WeightOptions
  @Flag(help: "Show how effnet runs the network on this machine.") var plan = false
  @Option(number: "With --plan: number of threads (default: all processors).") var threads: Int?
  @OptionGroup var numbers: PrecisionOptions
  @Flag(help: "Print one JSON object.") var json = false
  @Flag(help: "Print CSV.") var csv = false
  @OptionGroup var scale: ScaleOptions
  @OptionGroup var shortening: StageOptions
  @OptionGroup var shape: ShapeOptions

  func validate() throws {
    guard network.model != nil || file.weights != nil || argument.name != nil else {
      throw ValidationError("no network given; name one, such as b0")
    }
    try check(threads, "--threads", 1...1024)
    if !plan, threads != nil || numbers.isGiven {
      throw ValidationError("--threads and --precision need --plan")
    }
    if plan, csv { throw ValidationError("--plan cannot be printed as CSV; use --json") }
    if json, csv { throw ValidationError("--json and --csv cannot be used together") }
  }

  func run() throws {
    let source = try ModelSource(network, file, argument: argument.name, scale: scale)
    guard let description = try source.description() else {
      preconditionFailure("validate() requires a network")
    }
    let architecture = try shape.apply(to: shortening.apply(to: description.architecture))
    if plan {
      let summary = try PlanSummary(
        architecture, precision: numbers.announced() ?? description.ownPrecision(),
        floats: description.quantization?.floats ?? [],
        threads: threads ?? ThreadPool.availableProcessors)
      return json
        ? try StandardOutput.print(json: summary, isPretty: true)
        : try StandardOutput.print(summary.lines)
    }
    let summary = NetworkSummary(architecture)
    if json { return try StandardOutput.print(json: summary, isPretty: true) }
    try StandardOutput.print(csv ? summary.csvLines : summary.textLines)
  }
}

extension NetworkSummary {
  fileprivate var textLines: [String] {
    return [
      "\(model), input \(input.map(String.init).joined(separator: "×")), \(classes) classes", "",
    ]
      + layers.tableLines(
        .left("layer") { $0.name }, .left("operation") { $0.operation },
        .right("output") { $0.output.map(String.init).joined(separator: "×") },
        .right("parameters") { $0.parameters == 0 ? "" : $0.parameters.grouped },
        .right("MACs") { $0.macs == 0 ? "" : $0.macs.grouped },
        .right("bytes") { $0.activationBytes.grouped },
        total: ["total", "", "", parameters.grouped, macs.grouped, activationBytes.grouped])
  }
}

extension PlanSummary {
  fileprivate var lines: [String] {
    let sizes = [
      "\(model): \(steps.count) steps, "
        + "\(steps.reduce(0) { $0 + $1.layers.count }) layers without norms and "
        + "activations; "
        + "\(threads.counted("thread", "threads")), \(instructionSet), "
        + precision.rawValue,
      "weights \(megabytes(weightBytes)); per image in flight "
        + "\(megabytes(arenaBytes)) of activations in \(buffers.count) buffers; "
        + "per thread \(megabytes(scratchBytes)) of intermediate results", "",
    ]
    let stepLines = steps.tableLines(
      .left("step") { $0.name }, .left("computes") { $0.operation },
      .right("output") { $0.output.map(String.init).joined(separator: "×") },
      .right("tiles") { $0.tiles.joined(separator: " ") }, .right("pieces") { "\($0.pieces)" },
      .left("reads → writes") { "\(list($0.reads)) → \(list($0.writes))" },
      .right("weights") { $0.weightBytes.grouped })
    let bufferLines = buffers.enumerated().tableLines(
      .right("buffer") { "\($0.offset)" }, .left("layout") { $0.element.layout },
      .left("numbers") { $0.element.precision.rawValue },
      .right("bytes") { $0.element.bytes.grouped }, .right("offset") { $0.element.offset.grouped },
      .right("steps") {
        "\(max($0.element.firstStep + 1, 1))–\(min($0.element.lastStep + 1, steps.count))"
      })
    return sizes + stepLines + [""] + bufferLines
  }

  private func list(_ buffers: [Int]) -> String {
    buffers.map(String.init).joined(separator: " ")
  }

  private func megabytes(_ bytes: Int) -> String {
    bytes < 100_000
      ? "\((Double(bytes) / 1e3).formatted(digits: 1)) kB"
      : "\((Double(bytes) / 1e6).formatted(digits: 2)) MB"
  }
}
