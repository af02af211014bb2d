package import EfficientNetCompute

/// Runs an engine on single photos. A synchronous call computes at once on the caller's thread.
/// Asynchronous calls suspend their tasks: a bounded number of photos is computed at a time, and
/// the others wait in order.
///
/// All threads of the pool compute a single photo together. With several photos, each thread
/// computes a different one. The queue decides between the two before every step of the network;
/// the choice does not change the results.
package final class InferenceQueue: Sendable {
  package let engine: Engine
  package let pool: ThreadPool
  private let jobs: JobQueue
  /// Sessions that are not in use, at most `maximumConcurrency`.
  private let idle = Locked<[SessionBox]>([])

  /// Creates a queue that computes on the threads of `pool`.
  ///
  /// - Parameter maximumConcurrency: The maximum number of photos that asynchronous calls compute
  ///   at a time; nil for one per thread of the pool.
  /// - Precondition: `maximumConcurrency` is at least 1.
  package init(_ engine: Engine, pool: ThreadPool, maximumConcurrency: Int?) {
    (self.engine, self.pool) = (engine, pool)
    jobs = JobQueue(maximumConcurrency: maximumConcurrency ?? pool.threads)
  }

  /// The maximum number of photos that asynchronous calls compute at a time.
  package var maximumConcurrency: Int { jobs.maximumConcurrency }

  /// The number of sessions that wait for the next photo.
  var idleCount: Int { idle.withLock { $0.count } }

  /// Returns the engine's outputs for an image, computed on the calling thread and the threads of
  /// the pool.
  package func outputs(of image: Tensor) -> [StageOutput] { outputs(of: image) { pool } }

  /// Creates an image, runs the engine on it and returns the result of `use`, all on one thread of
  /// the queue.
  ///
  /// - Parameter image: Creates the image, for instance from a photo.
  /// - Throws: `CancellationError` before the next step if the task is cancelled, `NoThreadError`,
  ///   and the errors of the closures.
  package func run<Value: Sendable>(
    _ image: @escaping @Sendable () throws -> Tensor,
    _ use: @escaping @Sendable ([StageOutput]) throws -> Value
  ) async throws -> Value {
    try await jobs.run { [self] job in
      try job.check()
      let image = try image()
      return try use(
        outputs(of: image) { () throws(CancellationError) in
          try job.check()
          return job.isAlone ? pool : nil
        })
    }
  }

  /// Returns the engine's outputs for an image, computed on the calling thread.
  ///
  /// - Parameter pool: Called before each step of the network; returns the pool to share the step, or
  ///   nil for the calling thread alone. An error that it throws ends the run.
  package func outputs<Failure: Error>(
    of image: Tensor, over pool: () throws(Failure) -> ThreadPool?
  ) throws(Failure) -> [StageOutput] {
    let box = idle.withLock { $0.popLast() } ?? SessionBox(engine.makeSession(pool: self.pool))
    defer {
      idle.withLock { if $0.count < maximumConcurrency { $0.append(box) } }
    }
    return try box.session.outputs(image, over: pool)
  }
}

/// A session in a class, since arrays cannot hold noncopyable values.
private final class SessionBox: @unchecked Sendable {
  var session: Session
  init(_ session: consuming Session) { self.session = session }
}
