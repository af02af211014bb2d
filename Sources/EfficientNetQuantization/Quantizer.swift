public import EfficientNet
public import EfficientNetCompute

/// Rounds a network to 8 bits: int8 weights with a scale for each output, and 256 codes for the
/// values of each feature map, chosen with photos that need no labels.
///
///     let quantizer = try Quantizer(model, pool: ThreadPool())
///     let small = try quantizer.quantize(calibratingWith: photos.count) { try decode(photos[$0]) }
///     try small.write(to: "lite0-int8.safetensors")
///
/// The stem and the pooled features stay 32-bit floats. Squeeze-and-excitation has int8 weights and
/// computes in floats. The same photos give the same bits, for any number of threads.
public struct Quantizer: Sendable {
  /// The parts of the method, each of which can be left out to measure what it does.
  public struct Options: Hashable, Sendable {
    /// The choice of the range of each feature map.
    public var ranges = RangeMethod.meanSquare
    /// Whether the scale of an output's weights may cut off its largest weights, where the squared
    /// error is then less.
    public var clipsWeights = true
    /// Whether biases make up for the mean error that the rounded weights add to each output.
    public var correctsBiases = true

    /// Creates the recommended options.
    public init() {}
  }

  private let model: Model
  private let pool: ThreadPool
  private let options: Options

  /// Prepares to round a network.
  ///
  /// - Parameters:
  ///   - model: A network that is not quantized.
  ///   - pool: The threads to compute on.
  ///   - options: The parts of the method.
  /// - Throws: ``QuantizationError/isQuantized(source:)``; `ArchitectureError`, also for a network
  ///   without a classifier, or whose input does not have the three channels of photos.
  public init(_ model: Model, pool: ThreadPool, options: Options = Options()) throws {
    try model.description.architecture.validateForPhotos()
    try model.description.architecture.validateClassifier()
    guard model.description.quantization == nil else {
      throw QuantizationError.isQuantized(source: model.weights.source)
    }
    (self.model, self.pool, self.options) = (model, pool, options)
  }

  /// Returns the network in int8.
  ///
  /// - Parameters:
  ///   - count: The number of photos; 100 to 500 are usual.
  ///   - photo: Returns a photo by its index, from 0; nil to leave it out, if it cannot be read.
  ///   - show: A closure that receives the number of finished photos. An error that it throws ends
  ///     the work.
  /// - Throws: ``QuantizationError``, `WeightsError`, the errors of `photo` and `show`.
  public func quantize(
    calibratingWith count: Int, photo: (Int) throws -> PixelBuffer?,
    show: (_ done: Int) throws -> Void = { _ in }
  ) throws -> Model {
    let observer = try MapObserver(model, .float32, pool: pool)
    let importance = try model.channelImportance()
    let (maps, photos) = try observer.statistics(of: count, importance: importance) {
      try show($0)
      return try photo($0)
    }
    guard photos > 0 else { throw QuantizationError.noPhotos }
    var result = model
    result.description.quantization = Quantization(
      maps: maps.mapValues { $0.codes(options.ranges) },
      calibration:
        "\(photos == 1 ? "1 photo" : "\(photos) photos"), ranges by \(options.ranges.rawValue)")
    let layers = QuantizedLayer.all(of: model.description.architecture)
    for name in Graph(model.description.architecture).weightsWithCodes() {
      let layer = layers.first { "\($0.name).weight" == name && !$0.isDepthwise }
      result.weights.tensors[name] = try model.weights.required(name).rounded(
        meanSquares: layer.flatMap { maps[$0.input]?.meanSquares }, clips: options.clipsWeights)
    }
    for layer in layers where options.correctsBiases {
      guard let means = maps[layer.input]?.means else {
        preconditionFailure("\(layer.input) was not observed")
      }
      try result.weights.correctBias(
        of: layer, original: model.weights, inputs: means,
        epsilon: model.description.architecture.batchNormEpsilon)
    }
    // The result is checked as its file would be.
    return try Model(result.description, weights: result.weights)
  }
}
