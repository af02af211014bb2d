public import ArgumentParser
import EfficientNet
public import EfficientNetFormats
import EfficientNetReports

struct ConvertCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "convert",
    abstract:
      "Convert a weight file to another format, or adapt it to other classes and channels.",
    discussion: """
      Reads safetensors, PyTorch checkpoints, Keras files, .npz and ONNX, the best weights of a \
      run, or downloaded weights by their name. The ending of the output chooses its format: \
      .safetensors, .onnx or .npz. Safetensors files with the names 'ours' (the default) also \
      describe the network, its preprocessing and its classes, so later commands need no --model. \
      Those with the names of timm or torchvision state a published network, but not the names of \
      the classes; with timm's names, a network of your own is described whole. A note has the \
      line of Python that loads the file there, if that program has the network.

      With --from-scratch the input is only a network: the output has random weights.

      Examples:
        effnet convert tf_b0.pth b0.safetensors --model timm/tf_efficientnet_b0
        effnet convert b0.safetensors b0.onnx --batch 1
        effnet convert runs/train/photos photos.onnx
        effnet convert lite0-int8.safetensors lite0-int8.onnx
        effnet convert b0 untrained.onnx --from-scratch --seed 7
        effnet convert b0.safetensors my.safetensors --classes 12 --labels names.txt
        effnet convert b0.safetensors b0-tv.safetensors --naming torchvision
      """)

  /// The naming scheme of the output's tensors.
  enum Naming: String, ExpressibleByArgument, CaseIterable {
    case ours, timm, torchvision
  }

  @Argument(
    help: """
      The weight file to read, the folder of a run, or the name of downloaded weights.
      """)
  var input: String
  @Argument(help: "The file to write: .safetensors, .onnx or .npz.") var output: String
  @Option(
    number: """
      Number of classes; a different number than before adds a new head with random weights \
      (default: as in the input).
      """)
  var classes: Int?
  @OptionGroup var labels: LabelOptions
  @Option(
    number: """
      Input channels; the first layer's weights are summed for 1 channel and repeated for more \
      than 3 (default: as in the input).
      """)
  var channels: Int?
  @Flag(help: "Write random weights of the network (default: the input's weights).")
  var fromScratch = false
  @Option(number: "Seed of random weights (default: 0).") var seed: UInt64?
  @Option(help: "Names of the tensors: ours (timm's, with a description), timm or torchvision.")
  var naming = Naming.ours
  @Option(number: "ONNX: images per batch, or 'dynamic'.", value: "n|dynamic")
  var batch = "dynamic"
  @Option(number: "ONNX: version of the operator set.") var opset = ONNXOptions().opset
  @Flag(help: "ONNX: keep batch norms as separate nodes (default: fold them into convolutions).")
  var noFold = false
  @Option(
    name: .customLong("for"),
    help: "ONNX of an int8 network: the program that runs it fastest (default: onnxruntime).")
  var runtime: ONNXOptions.Runtime?
  @Flag(help: "Print one JSON object.") var json = false
  @OptionGroup var network: ModelOptions
  @OptionGroup var checkpoint: CheckpointOptions
  @OptionGroup var scale: ScaleOptions
  @OptionGroup var cropping: CropOptions

  func validate() throws {
    try check(classes, "--classes", 1...1_000_000)
    try check(channels, "--channels", 1...1024)
    let isONNX = try form() == .onnx
    _ = try onnxOptions()
    try check(opset, "--opset", ONNXOptions.opsets)
    if !isONNX, batch != "dynamic" || noFold || opset != ONNXOptions().opset || runtime != nil {
      throw ValidationError("--batch, --opset, --no-fold and --for need an .onnx output")
    }
    if isONNX, naming != .ours {
      throw ValidationError("--naming needs a .safetensors or .npz output")
    }
    if seed != nil, classes == nil, !fromScratch {
      throw ValidationError(
        "--seed needs --classes or --from-scratch: it seeds the weights of a new head or of all "
          + "layers"
      )
    }
    if fromScratch, checkpoint.noEma {
      throw ValidationError("--from-scratch reads no weights; leave out --no-ema")
    }
    let isDescribed = try isONNX || form() == .safetensors && naming == .ours
    if !isDescribed, labels.labels != nil || network.resolution != nil || cropping.crop != nil {
      throw ValidationError(
        "--labels, --resolution and --crop need an .onnx output, or a .safetensors output with "
          + "--naming ours"
      )
    }
  }

  func run() throws {
    let source = try source()
    try check(
      output, "the output", replacesNoneOf: source.files + [labels.labels].compactMap(\.self))
    Interruption.endAtOnce()
    var model =
      try fromScratch
      ? untrained(source) : adapted(source.load(needsClassifier: classes == nil))
    cropping.apply(to: &model)
    if runtime != nil, model.description.quantization == nil {
      throw ValidationError("--for needs an int8 network, but \(output) will have floats")
    }
    switch try form() {
    case .onnx: try model.write(onnx: output, options: try onnxOptions())
    case .safetensors where naming == .ours: try model.write(to: output)
    case .safetensors:
      var weights = try renamed(model)
      weights.metadata = ["format": "pt"]
      if let words = options(naming: model.description)?.words {
        weights.metadata[Weights.optionsKey] = words
      } else if naming == .timm {
        // The file has the names of a file of effnet, so it can describe its network, too.
        weights.metadata[Model.metadataKey] = try encodedJSON(model.description)
      }
      try weights.write(safetensors: output)
    case .npz: try renamed(model).write(npz: output)
    }
    if try form() == .npz || naming != .ours {
      try noteDescription(of: model.description, isSafetensors: form() == .safetensors)
    } else {
      noteNumbers(of: model.description)
    }
    try report(model)
  }

  // MARK: Input

  /// The weights to read. A file may need --model; a name is the network itself.
  private func source() throws -> ModelSource {
    guard let kind = try ModelSource.Kind(of: input) else {
      return try ModelSource(
        network: network.model, weights: input, resolution: network.resolution, scale: scale,
        prefersEMA: !checkpoint.noEma)
    }
    if case .file = kind, !fromScratch {
      throw ValidationError(
        "\(input) has no weights; name a weight file, or use --from-scratch for random weights")
    }
    return try ModelSource(network, argument: input, scale: scale)
  }

  /// Returns the network of the input with random weights.
  private func untrained(_ source: ModelSource) throws -> Model {
    guard var description = try source.description() else {
      preconditionFailure("\(input) names no network")
    }
    description.architecture.inputChannels = channels ?? description.architecture.inputChannels
    description.provenance = "random weights, seed \(seed ?? 0)"
    let names = description.classes
    let count = classes ?? names.count
    var model = try Model(
      untrained: description, classes: count == names.count ? names : ClassLabel.numbered(count),
      seed: seed ?? 0)
    try labels.apply(to: &model)
    return model
  }

  // MARK: Output

  private enum Form: String, CaseIterable { case safetensors, onnx, npz }

  private func form() throws -> Form {
    let name = output.lowercased()
    if let form = Form.allCases.first(where: { name.hasSuffix(".\($0)") }) { return form }
    throw ValidationError(
      "\(output) must end in .safetensors, .onnx or .npz: the ending chooses the format")
  }

  private func onnxOptions() throws -> ONNXOptions {
    var options = ONNXOptions(
      opset: opset, foldsBatchNorm: !noFold, runtime: runtime ?? .onnxRuntime)
    guard batch != "dynamic" else { return options }
    guard let count = Int(batch), 1...65536 ~= count else {
      throw ValidationError("--batch is '\(batch)'; it must be 'dynamic' or from 1 to 65536")
    }
    options.batch = .fixed(count)
    return options
  }

  /// Returns the network with the classes, labels and channels of the options.
  private func adapted(_ source: Model) throws -> Model {
    var model = source
    let count = classes ?? model.description.architecture.classes
    if count != model.description.architecture.classes {
      let seed = seed ?? 0
      var generator = SeededGenerator(seed: seed)
      model = try model.withNewHead(classes: ClassLabel.numbered(count), using: &generator)
      model.description.provenance +=
        "; a new head for \(count) classes with random weights, seed \(seed)"
    }
    try labels.apply(to: &model)
    if let channels, channels != model.description.architecture.inputChannels {
      let old = model.description.architecture.inputChannels
      model = try model.withInputChannels(channels)
      model.description.provenance += "; the stem adapted from \(old) to \(channels) channels"
    }
    if source.description.quantization != nil {
      let keepsCodes =
        switch try form() {
        case .safetensors: naming == .ours
        case .onnx: !noFold
        case .npz: false
        }
      if !keepsCodes { model = model.withoutQuantization() }
      if model.description.quantization == nil {
        StandardError.note("the weights of \(input) were rounded to int8; \(output) has floats")
      }
    }
    return model
  }

  /// Returns the tensors under the names of --naming.
  private func renamed(_ model: Model) throws -> Weights {
    guard naming == .torchvision else { return model.weights }
    let architecture = model.description.architecture
    guard let map = NameMap.torchvision(for: architecture) else {
      throw WeightsError.unsupported(
        source: input,
        reason: (input == architecture.name ? "is a network" : "is \(architecture.name), a network")
          + " that torchvision does not have; use --naming timm")
    }
    noteDifferences(of: architecture)
    return try map.stored(model.weights, for: architecture)
  }

  /// Prints how torchvision's network differs from the one that the weights were trained with.
  private func noteDifferences(of architecture: Architecture) {
    let theirs = PublishedNetwork.all.first {
      $0.framework == .torchvision && $0.architecture.stages == architecture.stages
    }
    // The default of PyTorch's batch norms.
    let epsilon = theirs?.architecture.batchNormEpsilon ?? 1e-5
    guard architecture.padding != .symmetric || architecture.batchNormEpsilon != epsilon
    else { return }
    StandardError.note(
      "torchvision pads symmetrically and has batch-norm epsilon \(epsilon), "
        + "\(architecture.name) has \(architecture.padding.rawValue) padding and batch-norm "
        + "epsilon \(architecture.batchNormEpsilon): the logits will differ in torchvision"
    )
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

extension ONNXOptions.Runtime: ExpressibleByArgument {}
