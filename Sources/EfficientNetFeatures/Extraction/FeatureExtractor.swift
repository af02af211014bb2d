public import EfficientNet
public import EfficientNetCompute

/// Turns photos into features: the vector that a network's classifier reads, or the mean of a stage's map.
///
///     let extractor = try FeatureExtractor(model, pool: ThreadPool())
///     let features = extractor.features(of: photo)      // 1,280 numbers of B0
///
/// It may be used from any number of threads and tasks at once. The features are the same, bit for bit, for any number
/// of threads and any place in a batch.
public final class FeatureExtractor: Sendable {
  /// What the rows that it makes are.
  public let description: FeatureDescription
  /// What happens to a photo before the network sees it.
  public let preprocessing: Preprocessing
  /// The network, ready to run.
  public let engine: Engine
  /// The threads it runs on.
  public let pool: ThreadPool
  /// Sessions for single photos that nobody uses right now.
  private let idle = Locked<[SessionBox]>([])

  /// The stage whose values are the pooled features.
  public static let pooled = "global_pool"

  /// Prepares a model.
  ///
  /// - Parameters:
  ///   - stage: A name of ``EfficientNet/Architecture/stageNames``: the features are the means of its map over all pixels.
  ///   - normalizes: Whether features are scaled to the Euclidean length 1, as comparisons by cosine want them.
  ///   - precision: Of feature maps and weights.
  /// - Throws: `WeightsError`, `ArchitectureError` (also for a network that does not take the three channels of
  ///   photos), `InstructionSetError`, `UnknownStage`.
  public init(
    _ model: Model, stage: String = FeatureExtractor.pooled, normalizes: Bool = false,
    pool: ThreadPool, precision: Precision = .float32
  ) throws {
    let architecture = model.description.architecture
    try architecture.validateForPhotos()
    engine = try Engine(
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
    self.pool = pool
  }

  /// Numbers of a row.
  public var dimensions: Int { description.features }

  /// The features of a photo.
  public func features(of photo: PixelBuffer) -> [Float] {
    let box = idle.withLock { $0.popLast() } ?? SessionBox(makeSession())
    let rows = box.session.features(preprocessing.tensor(photo))
    idle.withLock { $0.append(box) }
    return rows[0]
  }

  /// Memory to make features of batches of up to `maximumBatch` images.
  public func makeSession(maximumBatch: Int = 1) -> FeatureSession {
    FeatureSession(
      engine.makeSession(pool: pool, maximumBatch: maximumBatch),
      normalizes: description.isNormalized)
  }
}

/// A session with an address, since arrays cannot hold values that have one owner.
private final class SessionBox: @unchecked Sendable {
  var session: FeatureSession
  init(_ session: consuming FeatureSession) { self.session = session }
}

/// The memory of a running ``FeatureExtractor``. It has one owner and runs one batch at a time.
public struct FeatureSession: ~Copyable, Sendable {
  private var session: Session
  private let normalizes: Bool

  fileprivate init(_ session: consuming Session, normalizes: Bool) {
    self.session = session
    self.normalizes = normalizes
  }

  /// The features of a batch of images, a row each.
  ///
  /// A mean over pixels is a sum of doubles in their order, rounded once.
  ///
  /// - Shapes: (n, resolution, resolution, 3) → n rows.
  public mutating func features(_ images: Tensor) -> [[Float]] {
    let maps = session.outputs(images)[0].value
    return (0..<images.shape.n).map { image in
      let row = maps.pooled(image)
      return normalizes ? row.normalized : row
    }
  }
}

extension [Float] {
  /// The same direction with the Euclidean length 1, computed in doubles; zeros stay zeros.
  package var normalized: [Float] {
    let length = reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
    return length > 0 ? map { Float(Double($0) / length) } : self
  }
}
