internal import EfficientNetCompute

extension Model {
  /// Creates an untrained network for photos of the given classes. The same seed gives the same
  /// weights.
  ///
  /// The classifier is initialized as in ``withNewHead(classes:using:)``.
  ///
  /// - Parameters:
  ///   - description: The network and its preprocessing; its classes are replaced.
  ///   - classes: The labels of the new classes.
  ///   - seed: The seed of the random weights.
  /// - Throws: ``ArchitectureError`` if the network cannot be built.
  public init(
    untrained description: ModelDescription, classes: [ClassLabel], seed: UInt64
  ) throws {
    var description = description
    description.architecture.classes = classes.count
    (description.classes, description.quantization) = (classes, nil)
    try description.architecture.validate()
    try description.architecture.validateClassifier()
    let weights = Weights(untrained: description.architecture, seed: seed)
    // With the official initialization, a classifier with few classes starts with logits that are
    // far too large.
    var generator = SeededGenerator(seed: seed)
    self = try Model(description, weights: weights).withNewHead(classes: classes, using: &generator)
  }

  /// Returns this model with a new, untrained classifier for other classes. Softmax turns its
  /// logits into probabilities. The result has no ``ModelDescription/quantization``.
  ///
  /// The weights are drawn uniformly from ±1/√features, as in PyTorch; the biases are zero. (The
  /// official code draws from ±1/√classes. With ten classes, such logits are so large that
  /// fine-tuning starts with a loss of 8.)
  ///
  /// - Parameters:
  ///   - classes: The labels of the new classes.
  ///   - generator: The source of random numbers.
  /// - Throws: ``ArchitectureError`` if there are no classes or more than 1,000,000.
  public func withNewHead(
    classes: [ClassLabel], using generator: inout some RandomNumberGenerator
  ) throws -> Model {
    var result = withoutQuantization()
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

  /// Returns this model for images with another number of channels.
  ///
  /// For one channel, the stem's weights are summed over red, green and blue, so a gray image gives
  /// the same result as three equal channels before. For more channels, the weights are repeated
  /// and scaled by (old / new), so channels with equal values give about the same result as before.
  /// For another number, the result has no ``ModelDescription/quantization``.
  ///
  /// Source: [timm](https://github.com/huggingface/pytorch-image-models), adapt_input_conv.
  ///
  /// - Parameter channels: The number of channels, 1 to 1024.
  /// - Throws: ``ArchitectureError`` if the number is out of range.
  public func withInputChannels(_ channels: Int) throws -> Model {
    let old = description.architecture.inputChannels
    guard channels != old else { return self }
    var result = withoutQuantization()
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

  /// Returns a copy of this model for another input resolution. The crop is the same fraction of a
  /// photo as in this model. For another resolution, the result has no
  /// ``ModelDescription/quantization``.
  ///
  /// - Parameter resolution: The side of the input in pixels, 1 to 8192.
  /// - Throws: ``ArchitectureError`` if the resolution is out of range, ``WeightsError`` if the
  ///   preprocessing would resize photos to far more than the resolution.
  public func withResolution(_ resolution: Int) throws -> Model {
    var result =
      resolution == description.architecture.resolution ? self : withoutQuantization()
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
  /// Returns this description for images of another resolution. The crop is the same fraction of a
  /// photo as in this model. For another resolution, the result has no quantization.
  ///
  /// ``Architecture/validate()`` refuses a resolution that is out of range.
  package func at(resolution: Int) -> ModelDescription {
    guard resolution != architecture.resolution else { return self }
    var result = self
    result.architecture.resolution = resolution
    result.quantization = nil
    if 1...Preprocessing.maximumSide ~= resolution {
      result.preprocessing = preprocessing.at(resolution: resolution)
    }
    return result
  }
}
