package import EfficientNetCompute

/// Runs an engine for single photos. A synchronous call computes at once, on the caller's thread. Tasks suspend: a bounded
/// number of their photos is computed at a time, and the others wait in order.
///
/// All threads of the pool compute a single photo together. Several photos are computed by one thread each. The queue decides
/// between the two before every step of the network; the choice changes no result.
package final class InferenceQueue: Sendable {
  package let engine: Engine
  package let pool: ThreadPool
  private let jobs: JobQueue
  /// Sessions that nobody uses right now, at most as many as jobs run at a time.
  private let idle = Locked<[SessionBox]>([])

  /// A queue for photos that the threads of `pool` compute.
  ///
  /// - Parameter maximumConcurrency: The most photos of tasks that are computed at a time; nil for one a thread of the pool.
  /// - Precondition: `maximumConcurrency` is at least 1.
  package init(_ engine: Engine, pool: ThreadPool, maximumConcurrency: Int?) {
    (self.engine, self.pool) = (engine, pool)
    jobs = JobQueue(maximumConcurrency: maximumConcurrency ?? pool.threads)
  }

  /// The most photos of tasks that are computed at a time.
  package var maximumConcurrency: Int { jobs.maximumConcurrency }

  /// Sessions that wait for the next photo.
  var idleCount: Int { idle.withLock { $0.count } }

  /// The engine's outputs of an image, on the calling thread and those of the pool.
  package func outputs(of image: Tensor) -> [StageOutput] { outputs(of: image) { pool } }

  /// Makes an image, runs the engine on it and returns the result of `use`, all on one thread of the queue.
  ///
  /// - Parameter image: Makes the image, for instance from a photo.
  /// - Throws: `CancellationError` before the next step once the task is cancelled, ``NoThreadError``, and what the closures
  ///   throw.
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

  private func outputs<Failure: Error>(
    of image: Tensor, over pool: () throws(Failure) -> ThreadPool?
  ) throws(Failure) -> [StageOutput] {
    let box = idle.withLock { $0.popLast() } ?? SessionBox(engine.makeSession(pool: self.pool))
    defer {
      idle.withLock { if $0.count < maximumConcurrency { $0.append(box) } }
    }
    return try box.session.outputs(image, over: pool)
  }
}

/// A session with an address, since arrays cannot hold values that have one owner.
private final class SessionBox: @unchecked Sendable {
  var session: Session
  init(_ session: consuming Session) { self.session = session }
}
