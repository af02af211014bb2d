public import EfficientNet
public import EfficientNetCompute
public import EfficientNetImages

/// Turns photos into features: the vector that a network's classifier reads, or the mean of a stage's map.
///
///     let extractor = try FeatureExtractor(model, pool: ThreadPool())
///     let features = try await extractor.features(of: photo)      // 1,280 numbers of B0
///
/// Any number of threads and tasks may use it at once, as `Classifier`: the asynchronous methods compute on threads of
/// their own, a bounded number of photos at a time. The features are the same, bit for bit, for any number of threads and
/// any place in a batch.
public final class FeatureExtractor: Sendable {
  /// What the rows that it makes are.
  public let description: FeatureDescription
  /// What happens to a photo before the network sees it.
  public let preprocessing: Preprocessing
  private let queue: InferenceQueue

  /// The network, ready to run.
  public var engine: Engine { queue.engine }
  /// The threads it runs on.
  public var pool: ThreadPool { queue.pool }
  /// The most photos that the asynchronous methods compute at a time.
  public var maximumConcurrency: Int { queue.maximumConcurrency }

  /// The stage whose values are the pooled features.
  public static let pooled = "global_pool"

  /// Prepares a model.
  ///
  /// - Parameters:
  ///   - stage: A name of ``EfficientNet/Architecture/stageNames``: the features are the means of its map over all pixels.
  ///   - normalizes: Whether features are scaled to the Euclidean length 1, as comparisons by cosine want them.
  ///   - precision: Of feature maps and weights.
  ///   - maximumConcurrency: The most photos that the asynchronous methods compute at a time; nil for one a thread of the
  ///     pool.
  /// - Precondition: `maximumConcurrency` is at least 1.
  /// - Throws: `WeightsError`, `ArchitectureError` (also for a network that does not take the three channels of
  ///   photos), `InstructionSetError`, `UnknownStage`.
  public init(
    _ model: Model, stage: String = FeatureExtractor.pooled, normalizes: Bool = false,
    pool: ThreadPool, precision: Precision = .float32, maximumConcurrency: Int? = nil
  ) throws {
    let architecture = model.description.architecture
    try architecture.validateForPhotos()
    let engine = try Engine(
      architecture, weights: model.weights, precision: precision, outputs: [stage], pool: pool)
    let graph = Graph(architecture)
    guard let node = graph.stageEnds.first(where: { $0.name == stage })?.node else {
      preconditionFailure("the engine knows a stage \(stage), the graph does not")
    }
    description = FeatureDescription(
      model: architecture.name, weights: Self.fingerprint(of: model, stage: stage), stage: stage,
      features: graph.shapes(input: architecture.inputShape)[node].c, isNormalized: normalizes,
      precision: precision, resolution: architecture.resolution)
    preprocessing = model.description.preprocessing
    queue = InferenceQueue(engine, pool: pool, maximumConcurrency: maximumConcurrency)
  }

  /// Numbers of a row.
  public var dimensions: Int { description.features }

  /// The features of a photo; computed by the calling thread and those of the pool.
  ///
  /// - Throws: `NetworkOverflow`.
  public func features(of photo: PixelBuffer) throws(NetworkOverflow) -> [Float] {
    try features(queue.outputs(of: preprocessing.tensor(photo)))
  }

  /// The features of a photo.
  ///
  /// - Throws: `NetworkOverflow`, `CancellationError` once the task is cancelled, `NoThreadError`.
  public func features(of photo: PixelBuffer) async throws -> [Float] {
    try await features { photo }
  }

  /// The features of a JPEG, PNG or WebP picture in memory, which is decoded when its turn has come, on the thread that
  /// computes it.
  ///
  /// - Parameter name: What the picture is called in messages.
  /// - Throws: `ImageError`, and as ``features(of:)-(PixelBuffer)``.
  public func features(
    ofEncoded bytes: [UInt8], name: String = "the picture", decoding: DecodingOptions = .init()
  ) async throws -> [Float] {
    try await features { try PixelBuffer(decoding: bytes, name: name, options: decoding) }
  }

  /// The features of many photos, in their order: twice as many as the extractor computes at a time are under way, those
  /// that wait not yet decoded. Folders are searched before the method returns, on the calling thread.
  ///
  /// - Parameter paths: Files, and folders in whose place the photos in them and below them stand: see `PhotoFinder`.
  public func features(
    of paths: [String], decoding: DecodingOptions = .init()
  ) -> PhotoResults<[Float]> {
    PhotoResults(of: PhotoFinder.photos(at: paths), ahead: 2 * maximumConcurrency) { photo in
      try await self.features { try photo.decoded(decoding) }
    }
  }

  private func features(
    decode: @escaping @Sendable () throws -> PixelBuffer
  ) async throws -> [Float] {
    try await queue.run(
      { [preprocessing] in preprocessing.tensor(try decode()) }, { [self] in try features($0) })
  }

  private func features(_ outputs: [StageOutput]) throws(NetworkOverflow) -> [Float] {
    let row = description.row(outputs[0].value, image: 0)
    guard row.allSatisfy(\.isFinite) else { throw NetworkOverflow() }
    return row
  }

  /// Memory to make features of batches of up to `maximumBatch` images.
  public func makeSession(maximumBatch: Int = 1) -> FeatureSession {
    FeatureSession(
      engine.makeSession(pool: pool, maximumBatch: maximumBatch), description: description)
  }
}

/// The memory of a running ``FeatureExtractor``. It has one owner and runs one batch at a time.
public struct FeatureSession: ~Copyable, Sendable {
  private var session: Session
  private let description: FeatureDescription

  fileprivate init(_ session: consuming Session, description: FeatureDescription) {
    self.session = session
    self.description = description
  }

  /// The features of a batch of images, a row each.
  ///
  /// - Shapes: (n, resolution, resolution, 3) → n rows.
  public mutating func features(_ images: Tensor) -> [[Float]] {
    let maps = session.outputs(images)[0].value
    return (0..<images.shape.n).map { description.row(maps, image: $0) }
  }
}

extension FeatureDescription {
  /// The row of an image of a batch: the means of its map, sums of doubles in the order of the pixels, rounded once.
  fileprivate func row(_ maps: Tensor, image: Int) -> [Float] {
    let row = maps.pooled(image)
    return isNormalized ? row.normalized : row
  }
}

extension [Float] {
  /// The same direction with the Euclidean length 1, computed in doubles; zeros stay zeros.
  package var normalized: [Float] {
    let length = reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
    return length > 0 ? map { Float(Double($0) / length) } : self
  }
}
