public import EfficientNetCompute

/// Says what a photo shows: preprocessing, network and labels in one.
///
///     let classifier = try Classifier(weights: "lite0.safetensors")
///     let best = try classifier.classify(photo, top: 1)[0]           // in a script
///     let best = try await classifier.classify(photo, top: 1)[0]     // in a server
///     print(best.label, best.probability)
///
/// Any number of threads and tasks may use it at once. The asynchronous methods compute on threads of the classifier's
/// own: at most ``maximumConcurrency`` photos at a time, the others wait in order. A task that waits holds no thread.
/// Cancelling it takes its photo out of the queue, or ends the computation before the network's next step.
///
/// Memory: ``weightBytes`` once, ``bytesPerPhoto`` for each photo that is computed at a time.
public final class Classifier: Sendable {
  /// The network, its preprocessing and its classes.
  public let description: ModelDescription
  package let queue: InferenceQueue

  package var engine: Engine { queue.engine }
  package var pool: ThreadPool { queue.pool }

  /// Reads one of our weight files.
  ///
  /// - Parameters:
  ///   - threads: Threads to run on; nil for as many as the machine lets this process use.
  ///   - precision: Of feature maps and weights; bfloat16 is faster, and nearly as accurate.
  ///   - maximumConcurrency: The most photos that the asynchronous methods compute at a time; nil for one a thread.
  /// - Precondition: `threads` and `maximumConcurrency` are at least 1.
  /// - Throws: ``WeightsError``, ``ArchitectureError``, ``InstructionSetError``.
  public convenience init(
    weights path: String, threads: Int? = nil, precision: Precision = .float32,
    maximumConcurrency: Int? = nil
  ) throws {
    try self.init(
      Model(contentsOf: path), pool: ThreadPool(threads: threads), precision: precision,
      maximumConcurrency: maximumConcurrency)
  }

  /// Prepares a model.
  ///
  /// - Parameter maximumConcurrency: The most photos that the asynchronous methods compute at a time; nil for one a thread
  ///   of the pool.
  /// - Precondition: `maximumConcurrency` is at least 1.
  /// - Throws: ``WeightsError``, ``ArchitectureError`` (also for a network that does not take the three
  ///   channels of photos, or has no classifier), ``InstructionSetError``.
  public init(
    _ model: Model, pool: ThreadPool, precision: Precision = .float32,
    maximumConcurrency: Int? = nil
  ) throws {
    try model.description.architecture.validateForPhotos()
    try model.description.architecture.validateClassifier()
    description = model.description
    let engine = try Engine(
      model.description.architecture, weights: model.weights, precision: precision, pool: pool)
    queue = InferenceQueue(engine, pool: pool, maximumConcurrency: maximumConcurrency)
  }

  /// The most photos that the asynchronous methods compute at a time.
  public var maximumConcurrency: Int { queue.maximumConcurrency }
  /// Bytes of the packed weights.
  public var weightBytes: Int { engine.weightBytes }
  /// Bytes of memory for each photo that is computed at a time, about, without the photo itself.
  public var bytesPerPhoto: Int {
    engine.bytesPerImage + 4 * (pool.threads - 1) * engine.plan.scratchCount
  }

  /// The most probable classes of a photo, best first; computed by the calling thread and those of the pool.
  ///
  /// - Parameter top: How many; all of them if it is more than there are, none below 1.
  /// - Throws: ``NetworkOverflow``.
  public func classify(
    _ photo: PixelBuffer, top: Int = 5
  ) throws(NetworkOverflow) -> [Prediction] {
    try predictions(queue.outputs(of: description.preprocessing.tensor(photo)), top: top)
  }

  /// The most probable classes of a photo, best first.
  ///
  /// - Parameter top: How many; all of them if it is more than there are, none below 1.
  /// - Throws: ``NetworkOverflow``, `CancellationError` once the task is cancelled, ``NoThreadError``.
  public func classify(_ photo: PixelBuffer, top: Int = 5) async throws -> [Prediction] {
    try await classify(top: top) { photo }
  }

  /// The most probable classes of each photo, best first, in the order of the photos.
  ///
  /// - Parameter top: As of ``classify(_:top:)-(PixelBuffer,_)``, for each photo.
  /// - Throws: The same; the other photos of the call are then cancelled.
  public func classify(_ photos: [PixelBuffer], top: Int = 5) async throws -> [[Prediction]] {
    try await withThrowingTaskGroup { group in
      for (index, photo) in photos.enumerated() {
        group.addTask { (index, try await self.classify(photo, top: top)) }
      }
      var results = Array(repeating: [Prediction](), count: photos.count)
      for try await (index, predictions) in group { results[index] = predictions }
      return results
    }
  }

  /// The most probable classes of the photo that `decode` makes, on the thread that then computes them.
  package func classify(
    top: Int, decode: @escaping @Sendable () throws -> PixelBuffer
  ) async throws -> [Prediction] {
    try await queue.run(
      { [description] in description.preprocessing.tensor(try decode()) },
      { [self] in try predictions($0, top: top) })
  }

  private func predictions(
    _ outputs: [StageOutput], top: Int
  ) throws(NetworkOverflow) -> [Prediction] {
    try predictions(outputs[0].value, top: top)[0].get()
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
