internal import Glibc
internal import Synchronization

/// A queue that runs the jobs of tasks on its own threads: a bounded number at a time; the others
/// wait in order.
///
///     let queue = JobQueue(maximumConcurrency: 2)
///     let logits = try await queue.run { job in try network.run(image, while: job.check) }
///
/// A task that waits for its job does not block a thread. So a job may compute for a long time
/// without blocking Swift's cooperative threads or an event loop. The threads start with the first
/// jobs and end with the queue.
package final class JobQueue: Sendable {
  package let maximumConcurrency: Int
  private let lanes: Lanes

  /// Creates a queue; its threads start later.
  ///
  /// - Precondition: `maximumConcurrency` is at least 1.
  package convenience init(maximumConcurrency: Int) {
    self.init(maximumConcurrency: maximumConcurrency, start: startThread)
  }

  /// Creates a queue whose threads are started by `start`, which returns nil if no thread is
  /// available.
  init(
    maximumConcurrency: Int,
    start: @escaping @Sendable (@escaping @Sendable () -> Void) -> pthread_t?
  ) {
    require(
      maximumConcurrency >= 1, "maximumConcurrency is \(maximumConcurrency); it must be at least 1")
    self.maximumConcurrency = maximumConcurrency
    lanes = Lanes(maximum: maximumConcurrency, start: start)
  }

  var waitingCount: Int { lanes.waitingCount.load(ordering: .relaxed) }

  deinit { lanes.stop() }

  /// Runs `body` in its turn and returns its result.
  ///
  /// - Parameter body: The job. It calls `Job.check()` from time to time to learn whether the task
  ///   is cancelled.
  /// - Throws: `CancellationError` if the task is cancelled before `body` begins,
  ///   ``NoThreadError``, and the errors of `body`.
  package func run<Value: Sendable>(
    _ body: @escaping @Sendable (Job) throws -> Value
  ) async throws -> Value {
    let job = Job(lanes)
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        lanes.add(
          job,
          work: { [lanes] in
            let result = Result { try body(job) }
            lanes.finishOne()
            continuation.resume(with: result)
          },
          fail: { continuation.resume(throwing: $0) })
      }
    } onCancel: {
      lanes.cancel(job)
    }
  }

  /// Runs `body` in its turn. No task waits for it.
  ///
  /// - Parameter fail: Receives a ``NoThreadError`` in place of the call of `body`.
  package func submit(
    _ body: @escaping @Sendable (Job) -> Void, orFail fail: @escaping @Sendable (any Error) -> Void
  ) {
    let job = Job(lanes)
    lanes.add(
      job,
      work: { [lanes] in
        body(job)
        lanes.finishOne()
      }, fail: fail)
  }

  /// Runs `body`, which waits for a network, a disk or another process, or reads a model, on a
  /// separate thread.
  ///
  /// - Throws: As in `run(_:)`.
  package static func detached<Value: Sendable>(
    _ body: @escaping @Sendable (Job) throws -> Value
  ) async throws -> Value {
    try await JobQueue(maximumConcurrency: 1).run(body)
  }
}

/// A job in a `JobQueue`.
package final class Job: Sendable {
  fileprivate let cancelled = Atomic<Bool>(false)
  private let lanes: Lanes

  fileprivate init(_ lanes: Lanes) { self.lanes = lanes }

  /// Whether no other job of the queue runs or waits, so that this job may use the whole machine.
  package var isAlone: Bool { lanes.unfinishedCount == 1 }

  package var isCancelled: Bool { cancelled.load(ordering: .relaxed) }

  package func check() throws(CancellationError) {
    if isCancelled { throw CancellationError() }
  }

  /// Calls `body` and returns its result.
  ///
  /// - Throws: The error of `body`, or `CancellationError` instead if the task was cancelled.
  package func orCancelled<Value>(_ body: () throws -> Value) throws -> Value {
    do { return try body() } catch {
      try check()
      throw error
    }
  }
}

/// An error for a thread that the system cannot start, for instance because a container limits
/// threads.
public struct NoThreadError: LibraryError {
  /// The error in one line.
  public var description: String {
    "the system has no thread left to compute on; raise its limit of processes or threads"
  }

  /// Always "noThread".
  public var kind: String { "noThread" }
}

/// The state that the threads of a queue share.
private final class Lanes: @unchecked Sendable {
  /// A waiting job. One of its closures is called exactly once and ends its task.
  private struct Waiting {
    let job: Job
    let work: @Sendable () -> Void
    let fail: @Sendable (any Error) -> Void
  }

  private let maximum: Int
  private let start: @Sendable (@escaping @Sendable () -> Void) -> pthread_t?
  /// The number of jobs that wait or run.
  private let unfinished = Atomic<Int>(0)
  /// The number of waiting jobs, readable without the lock.
  let waitingCount = Atomic<Int>(0)
  private let monitor = Monitor()
  /// Guarded by `monitor`, like all following properties.
  private var waiting: [Waiting] = [] {
    didSet { waitingCount.store(waiting.count, ordering: .releasing) }
  }
  /// The number of started threads, and of threads that spin for a job.
  private var threads = 0, spinners = 0
  private var isStopping = false

  init(maximum: Int, start: @escaping @Sendable (@escaping @Sendable () -> Void) -> pthread_t?) {
    (self.maximum, self.start) = (maximum, start)
  }

  var unfinishedCount: Int { unfinished.load(ordering: .relaxed) }

  func finishOne() { unfinished.subtract(1, ordering: .relaxed) }

  func add(
    _ job: Job, work: @escaping @Sendable () -> Void, fail: @escaping @Sendable (any Error) -> Void
  ) {
    let failure: (any Error)? = monitor.withLock {
      // The task may have been cancelled before this call.
      if job.isCancelled { return CancellationError() }
      if unfinishedCount >= threads, threads < maximum, let thread = start({ self.work() }) {
        pthread_detach(thread)
        threads += 1
      }
      guard threads > 0 else { return NoThreadError() }
      waiting.append(Waiting(job: job, work: work, fail: fail))
      unfinished.add(1, ordering: .relaxed)
      if spinners < waiting.count { monitor.wakeOne() }
      return nil
    }
    if let failure { fail(failure) }
  }

  /// Ends the task of a waiting job at once; a running job notices by `Job.check()`.
  func cancel(_ job: Job) {
    let removed: Waiting? = monitor.withLock {
      job.cancelled.store(true, ordering: .relaxed)
      guard let place = waiting.firstIndex(where: { $0.job === job }) else { return nil }
      finishOne()
      return waiting.remove(at: place)
    }
    removed?.fail(CancellationError())
  }

  func stop() {
    monitor.withLock {
      isStopping = true
      monitor.wakeAll()
    }
  }

  /// A thread's main loop.
  private func work() {
    while let work = next() { work() }
  }

  /// Returns the oldest waiting job, or waits for the next one; returns nil when the queue ends.
  private func next() -> (@Sendable () -> Void)? {
    if waitingCount.load(ordering: .acquiring) == 0 {
      // A task that awaits one photo after another adds its next job soon.
      monitor.withLock { spinners += 1 }
      var spinning = SpinWait()
      while waitingCount.load(ordering: .acquiring) == 0, spinning.goesOn() {}
      monitor.withLock { spinners -= 1 }
    }
    return monitor.withLock {
      while waiting.isEmpty {
        if isStopping { return nil }
        monitor.wait()
      }
      return waiting.removeFirst().work
    }
  }
}
