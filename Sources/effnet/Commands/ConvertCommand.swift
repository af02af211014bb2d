import ArgumentParser
import EfficientNet
import EfficientNetFormats
import EfficientNetReports

struct ConvertCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "convert",
    abstract: "Turn a weight file into another form, or fit it for other classes and images.",
    discussion: """
      Reads safetensors, PyTorch checkpoints, Keras files and .npz. The name of the output says what it becomes: \
      .safetensors, .onnx or .npz. Our own safetensors describe the network, its preprocessing and its classes, \
      so that later commands need the file only.

      Examples:
        effnet convert tf_efficientnet_b0.pth b0.safetensors --model timm/tf_efficientnet_b0
        effnet convert b0.safetensors b0.onnx --batch 1
        effnet convert b0.safetensors mine.safetensors --classes 12 --labels names.txt
        effnet convert b0.safetensors b0-tv.safetensors --naming torchvision
      """)

  /// Whose names the tensors of the output have.
  enum Naming: String, ExpressibleByArgument, CaseIterable {
    case ours, timm, torchvision
  }

  @Argument(help: "The weight file to read.") var input: String
  @Argument(help: "The file to write: .safetensors, .onnx or .npz.") var output: String
  @OptionGroup var network: ModelOptions
  @OptionGroup var scale: ScaleOptions
  @OptionGroup var checkpoint: CheckpointOptions
  @Option(
    help: "Names of the tensors: ours (timm's, with a description), timm, or torchvision.")
  var naming = Naming.ours
  @Option(number: "Outputs of the network; another number than it has makes a new, untrained head.")
  var classes: Int?
  @OptionGroup var labels: LabelOptions
  @Option(
    number: "Channels of the images; the first layer is summed for 1, repeated for more than 3.")
  var channels: Int?
  @Option(number: "Seed of a new head (default: 0).") var seed: UInt64?
  @Option(number: "ONNX: images of a batch, or 'dynamic'.", value: "n|dynamic")
  var batch = "dynamic"
  @Option(number: "ONNX: version of the operators.") var opset = ONNXOptions().opset
  @Flag(help: "ONNX: keep batch norm as nodes of its own.") var noFold = false
  @Flag(help: "Print one JSON object.") var json = false

  func validate() throws {
    try check(classes, "--classes", 1...1_000_000)
    try check(channels, "--channels", 1...1024)
    let isONNX = try form() == .onnx
    _ = try onnxOptions()
    try check(opset, "--opset", ONNXOptions.opsets)
    if !isONNX, batch != "dynamic" || noFold || opset != ONNXOptions().opset {
      throw ValidationError("--batch, --opset and --no-fold are for .onnx files")
    }
    if isONNX, naming != .ours {
      throw ValidationError("--naming is for .safetensors and .npz files")
    }
    if seed != nil, classes == nil {
      throw ValidationError("--seed is for a new head: --classes")
    }
    let isDescribed = try isONNX || form() == .safetensors && naming == .ours
    if !isDescribed, labels.labels != nil || network.resolution != nil {
      throw ValidationError(
        "--labels and --resolution go into our own .safetensors and .onnx files only")
    }
  }

  func run() throws {
    if isSameFile(input, output) {
      throw ValidationError("\(output) is the file that is read; name another one")
    }
    if let labels = labels.labels, isSameFile(labels, output) {
      throw ValidationError("\(output) would replace the labels, which are read")
    }
    Interruption.endAtOnce()
    var source = try ModelSource(network, scale: scale)
    (source.weights, source.prefersEMA) = (input, !checkpoint.noEma)
    let model = try adapted(source.load(needsClassifier: classes == nil))
    switch try form() {
    case .onnx: try model.write(onnx: output, options: try onnxOptions())
    case .safetensors where naming == .ours: try model.write(to: output)
    case .safetensors:
      var weights = try renamed(model)
      weights.metadata = ["format": "pt"]
      try weights.write(safetensors: output)
    case .npz: try renamed(model).write(npz: output)
    }
    try report(model)
  }

  // MARK: What is written

  private enum Form: String, CaseIterable { case safetensors, onnx, npz }

  private func form() throws -> Form {
    let name = output.lowercased()
    if let form = Form.allCases.first(where: { name.hasSuffix(".\($0)") }) { return form }
    throw ValidationError(
      "\(output) should end in .safetensors, .onnx or .npz: the ending says what it becomes")
  }

  private func onnxOptions() throws -> ONNXOptions {
    var options = ONNXOptions(opset: opset, foldsBatchNorm: !noFold)
    guard batch != "dynamic" else { return options }
    guard let count = Int(batch), 1...65536 ~= count else {
      throw ValidationError("--batch is '\(batch)'; it may be 'dynamic' or 1 to 65536")
    }
    options.batch = .fixed(count)
    return options
  }

  /// The network for other classes, channels and sizes.
  private func adapted(_ source: Model) throws -> Model {
    var model = source
    let count = classes ?? model.description.architecture.classes
    if count != model.description.architecture.classes {
      let seed = seed ?? 0
      var generator = SeededGenerator(seed: seed)
      model = try model.withNewHead(classes: ClassLabel.numbered(count), using: &generator)
      model.description.provenance += "; a new head for \(count) classes, untrained, seed \(seed)"
    }
    try labels.apply(to: &model)
    if let channels, channels != model.description.architecture.inputChannels {
      let old = model.description.architecture.inputChannels
      model = try model.withInputChannels(channels)
      model.description.provenance += "; the stem adapted from \(old) to \(channels) channels"
    }
    return model
  }

  /// The tensors under the names that were asked for.
  private func renamed(_ model: Model) throws -> Weights {
    guard naming == .torchvision else { return model.weights }
    let architecture = model.description.architecture
    guard let map = NameMap.torchvision(for: architecture) else {
      throw WeightsError.unsupported(
        source: input,
        reason: "is \(architecture.name), which torchvision does not have: use --naming timm")
    }
    noteDifferences(of: architecture)
    return try map.stored(model.weights, for: architecture)
  }

  /// torchvision builds networks its own way, whatever the weights were trained with.
  private func noteDifferences(of architecture: Architecture) {
    let theirs = PublishedNetwork.all.first {
      $0.framework == .torchvision && $0.architecture.stages == architecture.stages
    }?.architecture
    let isEqual =
      architecture.padding == .symmetric
      && architecture.batchNormEpsilon == theirs?.batchNormEpsilon
        ?? architecture.batchNormEpsilon
    guard !isEqual else { return }
    StandardError.write(
      "effnet: note: torchvision pads symmetrically"
        + (theirs.map { " and has a batch-norm epsilon of \($0.batchNormEpsilon)" } ?? "")
        + ", \(architecture.name) has \(architecture.padding.rawValue) padding and "
        + "\(architecture.batchNormEpsilon): its logits will differ there\n")
  }

  private func report(_ model: Model) throws {
    let architecture = model.description.architecture
    let parameters = Graph(architecture).parameterCount
    if json {
      return try StandardOutput.print(object: [
        "input": input, "output": output, "model": architecture.name, "parameters": parameters,
        "classes": architecture.classes, "resolution": architecture.resolution,
        "channels": architecture.inputChannels,
      ])
    }
    let side = architecture.resolution
    try StandardOutput.print(
      "\(output.oneLine): \(architecture.name), \(parameters.grouped) parameters, "
        + "\(architecture.classes.counted("class", "classes")), "
        + "input \(side)×\(side)×\(architecture.inputChannels)")
  }
}
