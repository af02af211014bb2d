import ArgumentParser
import EfficientNet

/// Which network: a name, or a file with one's own.
struct ModelOptions: ParsableArguments {
  @Option(
    help:
      "The network: a short name (b0), a framework's (timm/tf_efficientnet_b0), or a JSON file. 'effnet models' lists them.",
    value: "name|file.json")
  var model: String?
  @Option(number: "Side of the input image in pixels.") var resolution: Int?

  func validate() throws {
    try check(resolution, "--resolution", 1...8192)
    if let model { _ = try ModelSource.Kind(of: model) }
  }
}

/// The scale of a network whose weights are one's own.
struct ScaleOptions: ParsableArguments {
  @Option(number: "Factor on the channels of the family's baseline, or of the file.")
  var width: Double?
  @Option(number: "Factor on the repeats of the family's baseline, or of the file.")
  var depth: Double?

  func validate() throws {
    try check(width, "--width", 0.01...20)
    try check(depth, "--depth", 0.01...20)
  }
}

/// What else of a network can be chosen while it has no weights.
struct ShapeOptions: ParsableArguments {
  @Option(number: "Outputs of the classifier.") var classes: Int?
  @Option(number: "Channels of the input image.") var channels: Int?
  @Option(number: "Share of the features dropped in training.") var dropout: Double?

  func validate() throws {
    try check(classes, "--classes", 1...1_000_000)
    try check(channels, "--channels", 1...1024)
    if let dropout, !(dropout >= 0 && dropout < 1) {
      throw ValidationError("--dropout is \(dropout); it may be 0 to below 1")
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

/// Which weights of a checkpoint.
struct CheckpointOptions: ParsableArguments {
  @Flag(help: "Take the trained weights of a checkpoint that also has their moving averages.")
  var noEma = false
}

/// A weight file and how to read it.
struct WeightOptions: ParsableArguments {
  @Option(
    help: """
      A weight file: safetensors, PyTorch or Keras. One that does not say its network, and fits several, \
      needs --model.
      """, value: "file")
  var weights: String?
  @OptionGroup var checkpoint: CheckpointOptions
}

extension ModelSource {
  /// What options name, with the weights of a file if there is one.
  ///
  /// - Throws: `ValidationError` for a scale of no network.
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
