public import EfficientNetCompute

/// Classifies photos: preprocessing, network and class labels in one.
///
///     let classifier = try Classifier(weights: "lite0.safetensors")
///     let best = try classifier.classify(photo, top: 1)[0]           // in a script
///     let best = try await classifier.classify(photo, top: 1)[0]     // in a server
///     print(best.label, best.probability)
///
/// Any number of threads and tasks may share a classifier. The asynchronous methods compute on the
/// classifier's own threads: at most ``maximumConcurrency`` photos at a time; the others wait in
/// order. A waiting task does not block a thread. Cancelling a task removes its photo from the
/// queue, or stops the computation before the network's next step. Decoding runs to its end.
///
/// Call the asynchronous methods in an `async` function. At the top level of main.swift, the compiler
/// chooses the synchronous methods even after `await`, and they block.
///
/// Memory: ``weightBytes`` once, and ``bytesPerPhoto`` for each photo that is being computed.
public final class Classifier: Sendable {
  /// The network, its preprocessing and its classes.
  public let description: ModelDescription
  package let queue: InferenceQueue

  package var engine: Engine { queue.engine }
  package var pool: ThreadPool { queue.pool }

  /// Reads a weight file of this library: safetensors with a description of the network.
  ///
  /// - Parameters:
  ///   - path: The path of the weight file, or of the folder of a training run, whose
  ///     best.safetensors is read.
  ///   - threads: The number of threads to compute on; nil for as many as the process may use.
  ///   - precision: The number format of feature maps and weights; nil for int8 if the model is
  ///     quantized, otherwise 32-bit floats. The 16-bit formats are nearly as accurate, and faster
  ///     on processors with instructions for them.
  ///   - maximumConcurrency: The maximum number of photos that the asynchronous methods compute at
  ///     a time; nil for one per thread. More than the machine has processors are not faster, take
  ///     more memory and delay other tasks.
  /// - Precondition: `threads` is from 1 to 1024, and `maximumConcurrency` at least 1; otherwise
  ///   the call stops the process with a message. Check numbers from a configuration first.
  /// - Throws: ``WeightsError`` for a file that cannot be used, ``ArchitectureError`` for a network
  ///   that cannot classify photos, `InstructionSetError` for a wrong value of `EFFNET_ISA`.
  public convenience init(
    weights path: String, threads: Int? = nil, precision: Precision? = nil,
    maximumConcurrency: Int? = nil
  ) throws {
    try self.init(
      Model(contentsOf: path), pool: ThreadPool(threads: threads), precision: precision,
      maximumConcurrency: maximumConcurrency)
    MachineMemory.returnUnused()
  }

  /// Creates a classifier from a model in memory.
  ///
  /// - Parameters:
  ///   - model: The network with its weights and its description.
  ///   - pool: The threads to compute on; several classifiers may share a pool.
  ///   - precision: The number format of feature maps and weights; nil for int8 if the model is
  ///     quantized, otherwise 32-bit floats. The 16-bit formats are nearly as accurate, and faster
  ///     on processors with instructions for them.
  ///   - maximumConcurrency: The maximum number of photos that the asynchronous methods compute at
  ///     a time; nil for one per thread of the pool. More than the machine has processors are not
  ///     faster, take more memory and delay other tasks.
  /// - Precondition: `maximumConcurrency` is at least 1; otherwise the call stops the process with
  ///   a message. Check a number from a configuration first.
  /// - Throws: ``WeightsError`` for weights that do not fit, ``ArchitectureError`` (also for a
  ///   network without a classifier, or whose input does not have the three channels of photos),
  ///   `InstructionSetError` for a wrong value of `EFFNET_ISA`.
  public init(
    _ model: Model, pool: ThreadPool, precision: Precision? = nil,
    maximumConcurrency: Int? = nil
  ) throws {
    try model.description.architecture.validateForPhotos()
    try model.description.architecture.validateClassifier()
    description = model.description
    let engine = try Engine(model, precision: precision, pool: pool)
    queue = InferenceQueue(engine, pool: pool, maximumConcurrency: maximumConcurrency)
  }

  /// Reads a weight file on a thread of its own, so that no other task is delayed.
  ///
  ///     let next = try await Classifier.load(weights: "runs/train/photos", pool: pool)
  ///
  /// - Parameters:
  ///   - path: The path of the weight file, or of the folder of a training run, whose
  ///     best.safetensors is read.
  ///   - pool: The threads to compute on; several classifiers may share a pool.
  ///   - precision: The number format, as for ``init(_:pool:precision:maximumConcurrency:)``.
  ///   - maximumConcurrency: The maximum number of photos that the asynchronous methods compute at
  ///     a time; nil for one per thread of the pool.
  /// - Precondition: `maximumConcurrency` is at least 1; otherwise the call stops the process with
  ///   a message.
  /// - Throws: As ``init(weights:threads:precision:maximumConcurrency:)``; `NoThreadError`;
  ///   `CancellationError` if the task is cancelled before or while the file is read.
  public static func load(
    weights path: String, pool: ThreadPool, precision: Precision? = nil,
    maximumConcurrency: Int? = nil
  ) async throws -> Classifier {
    let classifier = try await JobQueue.detached { job in
      let model = try Model(contentsOf: path)
      try job.check()
      return try Classifier(
        model, pool: pool, precision: precision, maximumConcurrency: maximumConcurrency)
    }
    MachineMemory.returnUnused()
    return classifier
  }

  /// The maximum number of photos that the asynchronous methods compute at a time.
  public var maximumConcurrency: Int { queue.maximumConcurrency }
  /// The size of the packed weights in bytes.
  public var weightBytes: Int { engine.weightBytes }
  /// The approximate memory in bytes for each photo that is being computed, without the photo
  /// itself.
  public var bytesPerPhoto: Int {
    engine.bytesPerImage + 4 * (pool.threads - 1) * engine.plan.scratchCount
  }

  /// Classifies a photo on the calling thread and the threads of the pool.
  ///
  /// The call blocks for milliseconds, until the result is there. In a task of a server, use the
  /// asynchronous method instead.
  ///
  /// - Parameters:
  ///   - photo: A photo of any size.
  ///   - top: The number of classes to return. More than the network has: all of them; below 1:
  ///     none.
  /// - Returns: The most probable classes, best first.
  /// - Throws: ``NetworkOverflow`` if the network's outputs are not finite.
  public func classify(
    _ photo: PixelBuffer, top: Int = 5
  ) throws(NetworkOverflow) -> [Prediction] {
    try predictions(queue.outputs(of: description.preprocessing.tensor(photo)), top: top)
  }

  /// Classifies a photo on the classifier's own threads.
  ///
  /// - Parameters:
  ///   - photo: A photo of any size.
  ///   - top: The number of classes to return. More than the network has: all of them; below 1:
  ///     none.
  /// - Returns: The most probable classes, best first.
  /// - Throws: ``NetworkOverflow`` if the network's outputs are not finite, `CancellationError` if
  ///   the task is cancelled, `NoThreadError` if the system cannot start a thread.
  public func classify(_ photo: PixelBuffer, top: Int = 5) async throws -> [Prediction] {
    try await classify(top: top) { photo }
  }

  /// Classifies several photos concurrently.
  ///
  /// - Parameters:
  ///   - photos: Photos of any size.
  ///   - top: The number of classes to return for each photo. More than the network has: all of
  ///     them; below 1: none.
  /// - Returns: For each photo, in the order of `photos`, the most probable classes, best first.
  /// - Throws: `NetworkOverflow`, `CancellationError` or `NoThreadError`. The call then cancels its
  ///   other photos.
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

  /// Decodes a photo and classifies it on the same thread of the queue.
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

  /// Returns the most probable classes for each image of a batch of logits, (n, 1, 1, classes), or
  /// `NetworkOverflow` for an image with a logit that is not finite.
  ///
  /// - Parameter top: The number of classes per image, as in `classify`.
  /// - Precondition: There are as many logits per image as the network has classes.
  package func predictions(
    _ logits: Tensor, top: Int = 5
  ) -> [Result<[Prediction], NetworkOverflow>] {
    let classes = logits.shape.c
    return (0..<logits.shape.n).map { n in
      let logits = logits.elements[n * classes..<(n + 1) * classes]
      guard logits.allSatisfy(\.isFinite) else {
        return .failure(NetworkOverflow(engine.precision))
      }
      return .success(
        Prediction.best(
          top, of: logits, labels: description.classes, output: description.output))
    }
  }
}

/// An error for outputs that are not finite numbers: the weights are damaged, or too large for the
/// precision.
public struct NetworkOverflow: LibraryError {
  /// The number format in which the network was computed.
  public let precision: Precision

  package init(_ precision: Precision) { self.precision = precision }

  /// The error in one line.
  public var description: String { message(of: "the network") }

  /// Returns the error in one line, with a name for the network, such as that of its file.
  package func message(of network: String) -> String {
    let outputs = "the outputs of \(network) are not finite numbers"
    return switch precision {
    case .float32, .bfloat16, .int8: "\(outputs); are its weights damaged?"
    case .float16: "\(outputs) in fp16, whose largest number is 65504; use bf16 or fp32"
    }
  }

  /// Always "overflow".
  public var kind: String { "overflow" }
}
