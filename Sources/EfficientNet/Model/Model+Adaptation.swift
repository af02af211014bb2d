internal import EfficientNetCompute

extension Model {
  /// An untrained network for photos of some classes; the same for the same seed.
  ///
  /// Its classifier is that of ``withNewHead(classes:using:)``.
  ///
  /// - Throws: ``ArchitectureError`` if it cannot be built.
  public init(
    untrained description: ModelDescription, classes: [ClassLabel], seed: UInt64
  ) throws {
    var description = description
    description.architecture.classes = classes.count
    description.classes = classes
    try description.architecture.validate()
    try description.architecture.validateClassifier()
    let weights = Weights(untrained: description.architecture, seed: seed)
    // By the official rule a classifier of few classes begins with logits that are far too large.
    var generator = SeededGenerator(seed: seed)
    self = try Model(description, weights: weights).withNewHead(
      classes: classes, using: &generator)
  }

  /// The same backbone for other classes: a new, untrained classifier, whose logits are read by
  /// softmax.
  ///
  /// Its weights are drawn uniformly from ±1/√features, as in PyTorch, its biases are zero. (The official code's
  /// ±1/√classes, for a thousand classes, gives ten classes logits so large that fine-tuning starts with a loss of 8.)
  ///
  /// - Throws: ``ArchitectureError`` if there are no classes or too many.
  public func withNewHead(
    classes: [ClassLabel], using generator: inout some RandomNumberGenerator
  ) throws -> Model {
    var result = self
    result.description.architecture.classes = classes.count
    (result.description.classes, result.description.output) = (classes, .softmax)
    try result.description.architecture.validate()
    try result.description.architecture.validateClassifier()
    let features = description.architecture.features
    let bound = 1 / Float(features).squareRoot()
    let weight = (0..<classes.count * features).map { _ in
      Float.random(in: -bound...bound, using: &generator)
    }
    result.weights.tensors["classifier.weight"] = WeightTensor(
      shape: [classes.count, features], elements: weight)
    result.weights.tensors["classifier.bias"] = WeightTensor(
      shape: [classes.count], elements: Array(repeating: 0, count: classes.count))
    return result
  }

  /// The same network for images with another number of channels.
  ///
  /// One channel: the stem's weights are summed over red, green and blue, so that a gray image gives
  /// what it gave as three equal channels. More: they are repeated, scaled by (old / new), so that
  /// channels with equal values give about what they gave before.
  ///
  /// Source: [timm](https://github.com/huggingface/pytorch-image-models), adapt_input_conv.
  ///
  /// - Throws: ``ArchitectureError`` if there are no channels or too many.
  public func withInputChannels(_ channels: Int) throws -> Model {
    let old = description.architecture.inputChannels
    guard channels != old else { return self }
    var result = self
    result.description.architecture.inputChannels = channels
    try result.description.architecture.validate()
    guard let stem = weights.tensors["conv_stem.weight"] else {
      preconditionFailure("\(weights.source) has no conv_stem.weight")
    }
    let taps = stem.shape[2] * stem.shape[3]
    let elements = stem.elements
    var adapted: [Float] = []
    adapted.reserveCapacity(stem.shape[0] * channels * taps)
    for output in 0..<stem.shape[0] {
      func weight(_ channel: Int, _ tap: Int) -> Float {
        elements[(output * old + channel) * taps + tap]
      }
      for channel in 0..<channels {
        for tap in 0..<taps {
          adapted.append(
            channels == 1
              ? (0..<old).reduce(0) { $0 + weight($1, tap) }
              : weight(channel % old, tap) * Float(old) / Float(channels))
        }
      }
    }
    result.weights.tensors["conv_stem.weight"] = WeightTensor(
      shape: [stem.shape[0], channels, stem.shape[2], stem.shape[3]], elements: adapted)
    return result
  }

  /// The same network for images of another size; photos are cropped in the same proportion.
  ///
  /// - Throws: ``ArchitectureError`` if the size is impossible, ``WeightsError`` if photos would have to be resized to
  ///   far more than it.
  public func withResolution(_ resolution: Int) throws -> Model {
    var result = self
    result.description.architecture.resolution = resolution
    try result.description.architecture.validate()
    result.description = description.at(resolution: resolution)
    if let complaint = result.description.complaint {
      throw WeightsError.unsupported(
        source: weights.source, reason: "cannot be used at \(resolution) pixels: \(complaint)")
    }
    return result
  }
}

extension ModelDescription {
  /// The same network for images of another size; photos are cropped in the same proportion.
  ///
  /// ``Architecture/validate()`` refuses a size that is impossible.
  package func at(resolution: Int) -> ModelDescription {
    guard resolution != architecture.resolution else { return self }
    var result = self
    result.architecture.resolution = resolution
    if 1...Preprocessing.maximumSide ~= resolution {
      result.preprocessing = preprocessing.at(resolution: resolution)
    }
    return result
  }
}
