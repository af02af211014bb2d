import ArgumentParser
import EfficientNet
import EfficientNetFeatures
import EfficientNetImages

/// Which network makes features, of which of its parts, and how photos come to it.
struct FeatureOptions: ParsableArguments {
  @OptionGroup var network: NetworkOptions
  @Option(
    help: """
      The part of the network whose output is averaged over all pixels: conv_stem, blocks.0, …, conv_head, \
      global_pool (what the classifier reads) or classifier.
      """)
  var stage = FeatureExtractor.pooled
  @OptionGroup var decoding: DecodingArguments
  @Option(
    number: "Photos that go through the network at once (default: up to 8, as memory allows).")
  var batch: Int?

  func validate() throws {
    try check(batch, "--batch", 1...1024)
  }

  /// Whether an option says how features are to be made.
  var isGiven: Bool {
    network.model.model != nil || network.model.resolution != nil
      || network.file.weights != nil || network.file.checkpoint.noEma || batch != nil
      || network.precision != .float32 || stage != FeatureExtractor.pooled
  }

  /// Whether an option says how photos are decoded.
  var isDecodingGiven: Bool {
    decoding.noOrientation || decoding.maxPixels != DecodingOptions().maximumPixels
  }

  /// The network with its threads, ready to make features.
  func photoFeatures(normalizes: Bool) throws -> PhotoFeatures {
    let model = try network.source().load(needsClassifier: false)
    let extractor = try checkingStage {
      try FeatureExtractor(
        model, stage: stage, normalizes: normalizes,
        pool: network.processors.pool(), precision: network.precision)
    }
    try PhotoBatches.check(batch, for: extractor.engine, pool: extractor.pool)
    return PhotoFeatures(extractor, decoding: decoding.options, batch: batch)
  }
}

/// Makes an extractor of the stage that an option names.
func checkingStage(_ make: () throws -> FeatureExtractor) throws -> FeatureExtractor {
  do { return try make() } catch let error as UnknownStage {
    throw ValidationError("--stage: \(error)")
  }
}
