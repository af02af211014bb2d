import ArgumentParser
import EfficientNet

/// Options that choose a network by a name or a JSON file.
struct ModelOptions: ParsableArguments {
  @Option(
    help: """
      The network: a short name (b0), a framework's name (timm/tf_efficientnet_b0), a downloaded \
      repository, or a JSON file; 'effnet models --all' lists the names.
      """, value: "name|file.json")
  var model: String?
  @Option(
    number: "Side of the input image, in pixels (default: the network's own).", value: "pixels")
  var resolution: Int?

  func validate() throws {
    try check(resolution, "--resolution", 1...8192)
    if let model { _ = try ModelSource.Kind(of: model) }
  }
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

/// Options for a weight file.
struct WeightOptions: ParsableArguments {
  @Option(
    help: """
      Read weights from this file: safetensors, PyTorch, Keras or .npz. A file that fits several \
      networks and does not name its own needs --model.
      """, value: "file")
  var weights: String?
  @OptionGroup var checkpoint: CheckpointOptions
}

extension ModelSource {
  /// Creates a source from options.
  ///
  /// - Throws: `ValidationError` for --width or --depth without --model.
  init(
    _ model: ModelOptions, _ file: WeightOptions? = nil, scale: ScaleOptions? = nil
  ) throws {
    self.init(
      name: model.model, width: scale?.width, depth: scale?.depth, resolution: model.resolution,
      weights: file?.weights, prefersEMA: file?.checkpoint.noEma != true)
    guard name == nil else { return }
    if width != nil { throw ValidationError("--width needs --model") }
    if depth != nil { throw ValidationError("--depth needs --model") }
  }
}
