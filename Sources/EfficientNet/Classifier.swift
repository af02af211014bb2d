public import EfficientNetCompute

/// Says what a photo shows: preprocessing, network and labels in one.
///
///     let classifier = try Classifier(weights: "lite0.safetensors")
///     let best = try classifier.classify(photo, top: 1)[0]
///     print(best.label, best.probability)
///
/// It may be used from any number of threads and tasks at once.
public final class Classifier: Sendable {
  /// The network, its preprocessing and its classes.
  public let description: ModelDescription
  package let engine: Engine
  package let pool: ThreadPool
  /// Sessions for single photos that nobody uses right now.
  private let idle = Locked<[SessionBox]>([])

  /// Reads one of our weight files.
  ///
  /// - Parameters:
  ///   - threads: Threads to run on; nil for as many as the machine lets this process use.
  ///   - precision: Of feature maps and weights; bfloat16 is faster, and nearly as accurate.
  /// - Throws: ``WeightsError``, ``ArchitectureError``, ``InstructionSetError``.
  public convenience init(
    weights path: String, threads: Int? = nil, precision: Precision = .float32
  ) throws {
    try self.init(
      Model(contentsOf: path), pool: ThreadPool(threads: threads), precision: precision)
  }

  /// Prepares a model.
  ///
  /// - Throws: ``WeightsError``, ``ArchitectureError`` (also for a network that does not take the three
  ///   channels of photos, or has no classifier), ``InstructionSetError``.
  public init(_ model: Model, pool: ThreadPool, precision: Precision = .float32) throws {
    try model.description.architecture.validateForPhotos()
    try model.description.architecture.validateClassifier()
    description = model.description
    engine = try Engine(
      model.description.architecture, weights: model.weights, precision: precision,
      pool: pool)
    self.pool = pool
  }

  /// The most probable classes of a photo, best first.
  ///
  /// - Parameter top: How many; all of them if it is more than there are, none below 1.
  /// - Throws: ``NetworkOverflow``.
  public func classify(
    _ photo: PixelBuffer, top: Int = 5
  ) throws(NetworkOverflow) -> [Prediction] {
    let box = idle.withLock { $0.popLast() } ?? SessionBox(engine.makeSession(pool: pool))
    let logits = box.session.run(description.preprocessing.tensor(photo))
    idle.withLock { $0.append(box) }
    return try predictions(logits, top: top)[0].get()
  }

  /// The most probable classes for each image of a batch of logits, (n, 1, 1, classes); for one with a logit that is not
  /// finite, ``NetworkOverflow``.
  ///
  /// - Parameter top: As of ``classify(_:top:)``.
  /// - Precondition: as many logits as the network has classes.
  package func predictions(
    _ logits: Tensor, top: Int = 5
  ) -> [Result<[Prediction], NetworkOverflow>] {
    let classes = logits.shape.c
    return (0..<logits.shape.n).map { n in
      let logits = logits.elements[n * classes..<(n + 1) * classes]
      guard logits.allSatisfy(\.isFinite) else { return .failure(NetworkOverflow()) }
      return .success(
        Prediction.best(
          top, of: logits, labels: description.classes, output: description.output))
    }
  }
}

/// The network's outputs are not finite numbers: its weights are damaged, or too large for its precision.
public struct NetworkOverflow: Error, Hashable, CustomStringConvertible {
  package init() {}

  /// One line.
  public var description: String {
    "the network's outputs are not finite numbers; are its weights damaged?"
  }
}

/// A session with an address, since arrays cannot hold values that have one owner.
private final class SessionBox: @unchecked Sendable {
  var session: Session
  init(_ session: consuming Session) { self.session = session }
}
