public import EfficientNet
public import EfficientNetCompute

/// Says how well a network knows labelled photos.
///
///     let result = try Evaluator(model, pool: pool).evaluate(dataset)
///     print(result.evaluation.top1)
public struct Evaluator: Sendable {
  private let model: Model
  private let engine: Engine
  private let pool: ThreadPool
  private let cache: PhotoCache?
  /// Photos that go through the network at a time.
  private let batch: Int

  /// An evaluation and what happened on the way.
  public struct Result: Sendable {
    /// What the network said.
    public var evaluation: Evaluation
    /// Photos that could not be decoded.
    public var broken: [BrokenPhoto]
    /// Decoding included.
    public var imagesPerSecond: Double
  }

  /// Prepares a network.
  ///
  /// - Parameters:
  ///   - batch: Photos that go through the network at a time, at least 1.
  ///   - room: The most bytes it may take; nil for three quarters of the memory that there is.
  /// - Throws: ``WeightsError``, ``ArchitectureError``, ``InstructionSetError``; ``TrainingError/memory(bytes:batch:room:)`` if
  ///   such batches need more than the room.
  public init(
    _ model: Model, pool: ThreadPool, precision: Precision = .float32, cache: PhotoCache? = nil,
    batch: Int = 32, room: Int? = nil
  ) throws {
    precondition(batch >= 1, "batches of \(batch) photos")
    try model.description.architecture.validateForPhotos()
    try model.description.architecture.validateClassifier()
    (self.model, self.pool, self.cache, self.batch) = (model, pool, cache, batch)
    engine = try Engine(
      model.description.architecture, weights: model.weights, precision: precision, pool: pool)
    // Every thread computes an image, and each image of a batch may wait as a tensor three times.
    let inputs = 3 * 4 * model.description.architecture.inputShape.count * batch
    let bytes = inputs + pool.threads * engine.bytesPerImage
    let room = room ?? MachineMemory.bytes / 4 * 3
    guard bytes <= room else { throw TrainingError.memory(bytes: bytes, batch: batch, room: room) }
  }

  /// Runs the network on all photos of a dataset, on a thread of its own and those of the pool.
  ///
  /// - Parameters:
  ///   - show: Is told of the progress, on that thread.
  ///   - note: Is told of each photo that cannot be read as it is met, on that thread.
  /// - Throws: ``DataError``; ``EvaluationError`` for logits that are not finite; `CancellationError` before
  ///   the next batch once the task is cancelled; `NoThreadError`; what `note` throws.
  public func evaluate(
    _ dataset: Dataset,
    show: @escaping @Sendable (_ done: Int, _ imagesPerSecond: Double) -> Void = { _, _ in },
    note: @escaping @Sendable (BrokenPhoto) throws -> Void = { _ in }
  ) async throws -> Result {
    try await JobQueue.detached { job in
      let result = try job.orCancelled {
        try evaluate(dataset, isInterrupted: { job.isCancelled }, show: show, note: note)
      }
      try job.check()
      return result
    }
  }

  /// Runs the network on all photos of a dataset, or until it is interrupted.
  ///
  /// - Parameter note: Is told of each photo that cannot be read as it is met.
  /// - Throws: ``DataError``; ``EvaluationError`` for logits that are not finite; what `note` throws.
  public func evaluate(
    _ dataset: Dataset, isInterrupted: () -> Bool = { false },
    show: (_ done: Int, _ imagesPerSecond: Double) -> Void = { _, _ in },
    note: (BrokenPhoto) throws -> Void = { _ in }
  ) throws -> Result {
    let description = model.description
    var evaluation = Evaluation(classes: description.classes)
    var session = engine.makeSession(pool: pool, maximumBatch: batch)
    let loader = BatchLoader(
      dataset, order: Array(dataset.samples.indices), batch: batch,
      input: InputPipeline(
        preprocessing: description.preprocessing, augmentation: nil,
        resolution: description.architecture.resolution), epoch: 0, seed: 0, pool: pool,
      cache: cache)
    let clock = ContinuousClock()
    let begin = clock.now
    var done = 0
    var imagesPerSecond: Double { Double(done) / max((clock.now - begin) / .seconds(1), 1e-9) }
    while !isInterrupted(), let batch = try loader.next() {
      try loader.tellBroken(note)
      let logits = session.run(batch.images)
      let classes = logits.shape.c
      for (row, label) in batch.labels.enumerated() {
        try evaluation.add(
          logits: logits.elements[row * classes..<(row + 1) * classes], label: label,
          sample: batch.samples[row])
      }
      done += batch.labels.count
      show(done, imagesPerSecond)
    }
    try loader.tellBroken(note)
    return Result(
      evaluation: evaluation, broken: loader.broken, imagesPerSecond: imagesPerSecond)
  }
}
