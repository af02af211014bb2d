import ArgumentParser
import EfficientNet
import EfficientNetFeatures
import EfficientNetImages

/// Options for the network that computes features, and for its input.
struct FeatureOptions: ParsableArguments {
  @OptionGroup var network: NetworkOptions
  @Option(
    help: """
      Part of the network whose output, averaged over all pixels, is the features: conv_stem, \
      blocks.0, …, conv_head, global_pool (the classifier's input) or classifier.
      """)
  var stage = FeatureExtractor.pooled
  @OptionGroup var decoding: DecodingArguments
  @Option(number: "Photos per run of the network (default: up to 8, as memory allows).")
  var batch: Int?

  func validate() throws {
    try check(batch, "--batch", 1...1024)
  }

  /// Whether an option about the computation of features is given.
  var isGiven: Bool {
    network.model.model != nil || network.model.resolution != nil
      || network.file.weights != nil || network.file.checkpoint.noEma || batch != nil
      || network.numbers.isGiven || stage != FeatureExtractor.pooled
  }

  var isDecodingGiven: Bool {
    decoding.noOrientation || decoding.maxPixels != DecodingOptions().maximumPixels
  }

  /// Loads the network.
  ///
  /// - Parameters:
  ///   - normalizes: Whether each row is scaled to length 1.
  ///   - smallResolution: The resolution for second rows, in pixels; nil for none. A network whose
  ///     own resolution is not at least twice as large has none.
  func photoFeatures(normalizes: Bool, smallResolution: Int? = nil) throws -> PhotoFeatures {
    let model = try network.source().load(needsClassifier: false)
    let pool = network.processors.pool()
    let precision = network.numbers.announced()
    func extractor(_ model: Model, _ precision: Precision?) throws -> FeatureExtractor {
      try checkingStage {
        try FeatureExtractor(
          model, stage: stage, normalizes: normalizes, pool: pool, precision: precision)
      }
    }
    let first = try extractor(model, precision)
    network.numbers.noteFloats(
      for: model.description, with: "--stage \(stage)", in: first.engine.precision)
    try PhotoBatches.check(batch, for: first.engine, pool: pool)
    var features = PhotoFeatures(first, decoding: decoding.options, batch: batch)
    if let smallResolution, first.description.resolution >= 2 * smallResolution {
      // A quantized network has floats at another resolution.
      features.smaller = try extractor(
        model.withResolution(smallResolution), precision == .int8 ? nil : precision)
    }
    return features
  }
}

/// Calls a closure, and turns an unknown stage into an error about --stage.
func checkingStage(_ make: () throws -> FeatureExtractor) throws -> FeatureExtractor {
  do { return try make() } catch let error as UnknownStage {
    throw ValidationError("--stage: \(error)")
  }
}
