public import EfficientNet
public import EfficientNetCompute
public import EfficientNetImages

/// Computes the features of photos: the vector that a network's classifier reads, or the mean of a
/// stage's map.
///
///     let extractor = try FeatureExtractor(model, pool: ThreadPool())
///     let features = try extractor.features(of: photo)      // 1,280 numbers for B0
///
/// Any number of threads and tasks can share an extractor. The asynchronous methods compute on
/// their own threads, a bounded number of photos at a time. The features are bit-identical for any
/// number of threads and any place in a batch.
///
/// Memory: `Engine.weightBytes` of ``engine`` once, and about `Engine.bytesPerImage` for each photo
/// that is being computed.
public final class FeatureExtractor: Sendable {
  /// The description of the rows.
  public let description: FeatureDescription
  /// The preprocessing of photos.
  public let preprocessing: Preprocessing
  /// The origin of the weights, for messages.
  package let source: String
  private let queue: InferenceQueue

  /// The network.
  public var engine: Engine { queue.engine }
  /// The threads that the network runs on.
  public var pool: ThreadPool { queue.pool }
  /// The largest number of photos that the asynchronous methods compute at the same time.
  public var maximumConcurrency: Int { queue.maximumConcurrency }

  /// The name of the stage of the pooled features, which the classifier reads.
  public static let pooled = "global_pool"

  /// Prepares a model.
  ///
  /// - Parameters:
  ///   - model: The network, its weights and its preprocessing.
  ///   - stage: A name of `Architecture.stageNames`. The features are the means of
  ///     the stage's map over all pixels.
  ///   - normalizes: Whether features are scaled to the Euclidean length 1.
  ///   - pool: The threads to compute on.
  ///   - precision: The number format of activations and weights; nil for int8 if the model is
  ///     quantized, otherwise 32-bit floats.
  ///   - maximumConcurrency: The largest number of photos that the asynchronous methods compute at
  ///     the same time; nil for one per thread of the pool. More than the machine has processors
  ///     are not faster, take more memory and delay other tasks.
  /// - Precondition: `maximumConcurrency` is at least 1; otherwise the call stops the process with
  ///   a message. Check a number from a configuration first.
  /// - Throws: `WeightsError`, `ArchitectureError` (also if the network's input is not three
  ///   channels), `InstructionSetError`, `UnknownStage`.
  public init(
    _ model: Model, stage: String = FeatureExtractor.pooled, normalizes: Bool = false,
    pool: ThreadPool, precision: Precision? = nil, maximumConcurrency: Int? = nil
  ) throws {
    let architecture = model.description.architecture
    try architecture.validateForPhotos()
    let engine = try Engine(model, precision: precision, outputs: [stage], pool: pool)
    let graph = Graph(architecture)
    guard let node = graph.stageEnds.first(where: { $0.name == stage })?.node else {
      preconditionFailure("the engine knows a stage \(stage), the graph does not")
    }
    description = FeatureDescription(
      model: architecture.name, weights: Self.fingerprint(of: model, stage: stage), stage: stage,
      features: graph.shapes(input: architecture.inputShape)[node].c, isNormalized: normalizes,
      precision: engine.precision, resolution: architecture.resolution)
    (preprocessing, source) = (model.description.preprocessing, model.weights.source)
    queue = InferenceQueue(engine, pool: pool, maximumConcurrency: maximumConcurrency)
  }

  /// The number of features of a row.
  public var dimensions: Int { description.features }

  /// Returns the features of a photo, computed by the calling thread and those of the pool.
  ///
  /// - Parameter photo: The photo, of any size.
  /// - Throws: `NetworkOverflow`.
  public func features(of photo: PixelBuffer) throws(NetworkOverflow) -> [Float] {
    try features(queue.outputs(of: preprocessing.tensor(photo)))
  }

  /// Returns the features of a photo without blocking the calling thread.
  ///
  /// - Parameter photo: The photo, of any size.
  /// - Throws: `NetworkOverflow`, `NoThreadError`, `CancellationError` if the task is cancelled.
  public func features(of photo: PixelBuffer) async throws -> [Float] {
    try await features { photo }
  }

  /// Returns the features of a JPEG, PNG or WebP file in memory.
  ///
  /// The file is decoded on the thread that computes its features, not before.
  ///
  /// - Parameters:
  ///   - bytes: The bytes of the file.
  ///   - name: The name of the picture in messages.
  ///   - decoding: Options for decoding.
  /// - Throws: `ImageError`, `NetworkOverflow`, `NoThreadError`, `CancellationError` if the task is
  ///   cancelled.
  public func features(
    encoded bytes: [UInt8], name: String = "the photo", decoding: DecodingOptions = .init()
  ) async throws -> [Float] {
    try await features { try PixelBuffer(decoding: bytes, name: name, options: decoding) }
  }

  /// Returns the features of many photos as an asynchronous sequence, in the order of the photos.
  ///
  /// Folders are searched before the method returns, on the calling thread. Up to twice
  /// ``maximumConcurrency`` photos are in progress; waiting photos are not decoded yet.
  ///
  /// - Parameters:
  ///   - paths: Files, and folders that are searched with their subfolders; see `PhotoFinder`.
  ///   - decoding: Options for decoding.
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
    guard row.allSatisfy(\.isFinite) else { throw NetworkOverflow(description.precision) }
    return row
  }

  /// Returns a session, which holds the memory for batches.
  ///
  /// - Parameter maximumBatch: The largest number of images of a batch.
  /// - Precondition: `maximumBatch` is at least 1.
  public func makeSession(maximumBatch: Int = 1) -> FeatureSession {
    FeatureSession(
      engine.makeSession(pool: pool, maximumBatch: maximumBatch), description: description)
  }
}

/// The memory of a running ``FeatureExtractor``. A session has one owner and runs one batch at a
/// time.
public struct FeatureSession: ~Copyable, Sendable {
  private var session: Session
  private let description: FeatureDescription

  fileprivate init(_ session: consuming Session, description: FeatureDescription) {
    self.session = session
    self.description = description
  }

  /// Returns the features of a batch of images, one row per image.
  ///
  /// - Parameter images: The preprocessed images, of shape (n, resolution, resolution, 3).
  public mutating func features(_ images: Tensor) -> [[Float]] {
    let maps = session.outputs(images)[0].value
    return (0..<images.shape.n).map { description.row(maps, image: $0) }
  }
}

extension FeatureDescription {
  /// The row of one image of a batch: the means of its map, summed in doubles in the order of the
  /// pixels and rounded once.
  fileprivate func row(_ maps: Tensor, image: Int) -> [Float] {
    let row = maps.pooled(image)
    return isNormalized ? row.normalized : row
  }
}

extension [Float] {
  /// The vector scaled to the Euclidean length 1, computed in doubles; zeros stay zeros.
  package var normalized: [Float] {
    let length = reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
    return length > 0 ? map { Float(Double($0) / length) } : self
  }
}
