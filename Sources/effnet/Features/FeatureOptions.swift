import ArgumentParser
import EfficientNet
import EfficientNetCompute
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
    parsing: .unconditional,
    help: "Photos that go through the network at once (default: up to 8, as memory allows).")
  var batch: Int?

  func validate() throws {
    try NetworkOptions.check(batch ?? 1, "--batch", 1...1024)
  }

  /// Whether an option says how features are to be made.
  var isGiven: Bool {
    network.network.model != nil || network.network.resolution != nil
      || network.file.weights != nil || network.file.noEma || batch != nil
      || network.numbers.precision != .float32 || stage != FeatureExtractor.pooled
  }

  /// Whether an option says how photos are decoded.
  var isDecodingGiven: Bool {
    decoding.noOrientation || decoding.maxPixels != DecodingOptions().maximumPixels
  }

  /// The network with its threads, ready to make features.
  func photoFeatures(normalizes: Bool) throws -> PhotoFeatures {
    let model = try network.model(needsClassifier: false)
    let extractor: FeatureExtractor
    do {
      extractor = try FeatureExtractor(
        model, stage: stage, normalizes: normalizes,
        pool: ThreadPool.started(threads: network.threads),
        precision: network.numbers.precision)
    } catch let error as UnknownStage {
      throw ValidationError("--stage: \(error)")
    }
    return PhotoFeatures(
      extractor, decoding: decoding.options,
      batch: try BatchTooLarge.checked(batch, for: extractor.engine, pool: extractor.pool))
  }
}

/// The features of photos in memory, and which photos they are of; a photo that cannot be read is reported.
struct PhotoRows {
  var photos: [FoundPhoto] = []
  var rows: [[Float]] = []
  var failures: [(path: String, error: any Error)] = []

  /// - Throws: ``Interruption``.
  init(_ photos: [FoundPhoto], by features: PhotoFeatures, isQuiet: Bool) throws {
    var progress = ProgressLine(total: photos.count, noun: "photos", isQuiet: isQuiet)
    defer { progress.clear() }
    var found: [FoundPhoto] = []
    var rows: [[Float]] = []
    var failures: [(path: String, error: any Error)] = []
    try features.forEach(photos) { index, result in
      try Interruption.check()
      switch result {
      case .success(let row):
        found.append(photos[index])
        rows.append(row)
      case .failure(let error):
        progress.clear()
        StandardError.report("\(error)")
        failures.append((photos[index].path, error))
      }
      progress.update(index + 1)
    }
    (self.photos, self.rows, self.failures) = (found, rows, failures)
  }
}
