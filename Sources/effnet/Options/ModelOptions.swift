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
  /// What options name.
  ///
  /// - Throws: `ValidationError` for a scale of no network.
  init(_ model: ModelOptions, _ file: WeightOptions, scale: ScaleOptions? = nil) throws {
    try self.init(model, weights: file.weights, file.checkpoint, scale: scale)
  }

  /// What options name, with the weights of a file if there is one.
  ///
  /// - Throws: `ValidationError` for a scale of no network.
  init(
    _ model: ModelOptions, weights: String? = nil, _ checkpoint: CheckpointOptions? = nil,
    scale: ScaleOptions? = nil
  ) throws {
    self.init(
      name: model.model, width: scale?.width, depth: scale?.depth, resolution: model.resolution,
      weights: weights, prefersEMA: checkpoint?.noEma != true)
    guard name == nil else { return }
    if width != nil { throw ValidationError("--width needs --model") }
    if depth != nil { throw ValidationError("--depth needs --model") }
  }
}
