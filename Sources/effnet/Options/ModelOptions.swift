import ArgumentParser
import EfficientNet

/// Options that choose a network by a name or a path.
struct ModelOptions: ParsableArguments {
  @Option(
    help: """
      The network: a short name (b0), a framework's name (timm/tf_efficientnet_b0), a downloaded \
      repository, a JSON file, a weight file, or the folder of a run of 'effnet train'; 'effnet \
      models --all' lists the names.
      """, value: "name|path")
  var model: String?
  @Option(
    number: "Side of the input image, in pixels (default: the network's own).", value: "pixels")
  var resolution: Int?

  func validate() throws {
    try check(resolution, "--resolution", 1...8192)
    if let model { _ = try ModelSource.Kind(of: model) }
  }
}

struct NetworkArgument: ParsableArguments {
  @Argument(help: ArgumentHelp("The network, instead of --model.", valueName: "network"))
  var name: String?
}

/// Options that scale a network, for weights of that scale or none.
struct ScaleOptions: ParsableArguments {
  @Option(
    number: """
      Factor on the channels of the family's baseline or of the JSON file (default: the network's \
      own).
      """, value: "factor")
  var width: Double?
  @Option(
    number: """
      Factor on the block repeats of the family's baseline or of the JSON file (default: the \
      network's own).
      """, value: "factor")
  var depth: Double?

  func validate() throws {
    try check(width, "--width", 0.01...20)
    try check(depth, "--depth", 0.01...20)
  }
}

/// Options that change the ends of a network without weights.
struct ShapeOptions: ParsableArguments {
  @Option(number: "Number of classes (default: the network's own).") var classes: Int?
  @Option(number: "Input channels (default: the network's own).") var channels: Int?
  @Option(
    number: "Share of the features that training drops (default: the network's own).",
    value: "share")
  var dropout: Double?

  func validate() throws {
    try check(classes, "--classes", 1...1_000_000)
    try check(channels, "--channels", 1...1024)
    if let dropout, !(dropout >= 0 && dropout < 1) {
      throw ValidationError("--dropout is \(dropout); it must be at least 0 and below 1")
    }
  }

  func apply(to architecture: Architecture) throws -> Architecture {
    var result = architecture
    result.classes = classes ?? architecture.classes
    result.inputChannels = channels ?? architecture.inputChannels
    result.dropout = dropout ?? architecture.dropout
    try result.validate()
    return result
  }
}

/// The option that chooses between the weights of a checkpoint.
struct CheckpointOptions: ParsableArguments {
  @Flag(
    help: """
      Use the trained weights of a checkpoint (default: their moving averages, if it has both).
      """)
  var noEma = false
}

struct WeightOptions: ParsableArguments {
  @Option(
    help: """
      Read weights from this file (safetensors, PyTorch, Keras, .npz or ONNX), or the best ones \
      from the folder of a run. Without --model, this is the same as --model; a file that fits \
      several networks and does not name its own needs both.
      """, value: "path")
  var weights: String?
  @OptionGroup var checkpoint: CheckpointOptions
}

extension ModelSource {
  /// Creates a source from options.
  ///
  /// - Parameter argument: A network that an argument names instead of --model.
  /// - Throws: `ValidationError` if the network is unknown or named twice, and for --width or
  ///   --depth without a network to scale.
  init(
    _ model: ModelOptions, _ file: WeightOptions? = nil, argument: String? = nil,
    scale: ScaleOptions? = nil
  ) throws {
    if let argument, let option = model.model {
      throw ValidationError("\(argument) and --model \(option) both name a network; leave out one")
    }
    try self.init(
      network: argument ?? model.model, weights: file?.weights, resolution: model.resolution,
      scale: scale, prefersEMA: file?.checkpoint.noEma != true)
  }

  /// Creates a source from a word that names a network, a weight file or the folder of a run.
  ///
  /// - Throws: `ValidationError`, as ``init(_:_:argument:scale:)``.
  init(
    network: String?, weights: String? = nil, resolution: Int? = nil, scale: ScaleOptions? = nil,
    prefersEMA: Bool = true
  ) throws {
    self.init(
      width: scale?.width, depth: scale?.depth, resolution: resolution, weights: weights,
      prefersEMA: prefersEMA)
    if let network {
      if let kind = try Kind(of: network) {
        named = (kind.published?.name ?? network, kind)
        return
      }
      if let weights {
        throw ValidationError("\(network) and \(weights) are both weights; leave out one")
      }
      self.weights = network
    }
    for (option, factor) in [("--width", width), ("--depth", depth)] where factor != nil {
      throw ValidationError("\(option) needs --model with a name or a JSON file to scale")
    }
  }
}
