public import EfficientNet
public import EfficientNetCompute

/// Measures the accuracy of a network on labelled photos.
///
///     let result = try Evaluator(model, pool: pool).evaluate(dataset)
///     print(result.evaluation.top1)
public struct Evaluator: Sendable {
  private let model: Model
  private let engine: Engine
  private let pool: ThreadPool
  private let cache: PhotoCache?
  /// The number of photos in a batch.
  private let batch: Int

  /// The result of an evaluation.
  public struct Result: Sendable {
    /// The accuracy of the network.
    public var evaluation: Evaluation
    /// The photos that could not be decoded.
    public var broken: [BrokenPhoto]
    /// The prediction for each of the other photos, in the order of the dataset.
    public var outcomes: [Evaluation.Outcome] = []
    /// The speed in photos per second, including decoding.
    public var imagesPerSecond: Double
  }

  /// Creates an evaluator for a network.
  ///
  /// - Parameters:
  ///   - model: The network.
  ///   - pool: The threads to use.
  ///   - precision: The number format of feature maps and of the inputs of matrix products; nil for
  ///     int8 if the model is quantized, otherwise 32-bit floats.
  ///   - cache: The cache of decoded photos; nil to decode every photo.
  ///   - batch: The number of photos in a batch, at least 1.
  ///   - room: The most bytes to use; nil for three quarters of the machine's memory.
  /// - Throws: `WeightsError`, `ArchitectureError`, `InstructionSetError`;
  ///   ``TrainingError/memory(bytes:batch:room:)`` if the batches need more than `room`.
  public init(
    _ model: Model, pool: ThreadPool, precision: Precision? = nil, cache: PhotoCache? = nil,
    batch: Int = 32, room: Int? = nil
  ) throws {
    require(batch >= 1, "the batch is \(batch); it must be at least 1")
    try model.description.architecture.validateForPhotos()
    try model.description.architecture.validateClassifier()
    (self.model, self.pool, self.cache, self.batch) = (model, pool, cache, batch)
    engine = try Engine(model, precision: precision, pool: pool)
    // Each image of a batch may exist three times as a tensor.
    let inputs = 3 * 4 * model.description.architecture.inputShape.count * batch
    let bytes = inputs + engine.sessionBytes(maximumBatch: batch, pool: pool)
    let room = room ?? MachineMemory.bytes / 4 * 3
    guard bytes <= room else { throw TrainingError.memory(bytes: bytes, batch: batch, room: room) }
  }

  /// Evaluates the network on all photos of a dataset, on a separate thread and the threads of the
  /// pool.
  ///
  /// - Parameters:
  ///   - dataset: The labelled photos.
  ///   - show: A closure that receives the number of evaluated photos and the speed in photos per
  ///     second. It runs on the separate thread.
  ///   - note: A closure that receives each unreadable photo when it is found. It runs on the
  ///     separate thread.
  /// - Throws: ``DataError``; ``EvaluationError`` for logits that are not finite;
  ///   `CancellationError` before the next batch if the task is cancelled; `NoThreadError`; the
  ///   errors of `note`.
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

  /// Evaluates the network on all photos of a dataset, or until `isInterrupted` returns true.
  ///
  /// - Parameters:
  ///   - dataset: The labelled photos.
  ///   - isInterrupted: A closure that is called before each batch.
  ///   - show: A closure that receives the number of evaluated photos and the speed in photos per
  ///     second.
  ///   - note: A closure that receives each unreadable photo when it is found.
  /// - Throws: ``DataError``; ``EvaluationError`` for logits that are not finite; the errors of
  ///   `note`.
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
    var outcomes: [Evaluation.Outcome] = []
    var imagesPerSecond: Double {
      Double(outcomes.count) / max((clock.now - begin) / .seconds(1), 1e-9)
    }
    while !isInterrupted(), let batch = try loader.next() {
      try loader.tellBroken(note)
      let logits = session.run(batch.images)
      let classes = logits.shape.c
      for (row, label) in batch.labels.enumerated() {
        outcomes.append(
          try evaluation.add(
            logits: logits.elements[row * classes..<(row + 1) * classes], label: label,
            sample: batch.samples[row], precision: engine.precision))
      }
      show(outcomes.count, imagesPerSecond)
    }
    try loader.tellBroken(note)
    return Result(
      evaluation: evaluation, broken: loader.broken, outcomes: outcomes,
      imagesPerSecond: imagesPerSecond)
  }
}
