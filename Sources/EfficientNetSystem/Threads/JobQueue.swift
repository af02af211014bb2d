internal import Glibc
internal import Synchronization

/// Runs the jobs of tasks on threads of its own: a bounded number at a time, the others wait in order.
///
///     let queue = JobQueue(maximumConcurrency: 2)
///     let logits = try await queue.run { job in try network.run(image, while: job.check) }
///
/// A task that waits for its job holds no thread, so that jobs may compute for long without blocking Swift's
/// cooperative threads or an event loop. Threads start when the first jobs come, and end with the queue.
package final class JobQueue: Sendable {
  /// The most jobs that run at a time.
  package let maximumConcurrency: Int
  private let lanes: Lanes

  /// A queue without threads yet.
  ///
  /// - Precondition: `maximumConcurrency` is at least 1.
  package convenience init(maximumConcurrency: Int) {
    self.init(maximumConcurrency: maximumConcurrency, start: startThread)
  }

  /// The same with threads that `start` starts; nil where it has none left.
  init(
    maximumConcurrency: Int,
    start: @escaping @Sendable (@escaping @Sendable () -> Void) -> pthread_t?
  ) {
    precondition(maximumConcurrency >= 1, "\(maximumConcurrency) jobs at a time")
    self.maximumConcurrency = maximumConcurrency
    lanes = Lanes(maximum: maximumConcurrency, start: start)
  }

  /// How many jobs wait for a thread.
  var waitingCount: Int { lanes.waitingCount.load(ordering: .relaxed) }

  deinit { lanes.stop() }

  /// Runs `body` when its turn has come, and returns its result.
  ///
  /// - Parameter body: Calls ``Job/check()`` now and then to learn that the task was cancelled.
  /// - Throws: `CancellationError` if the task is cancelled before `body` begins, ``NoThreadError``, and what `body` throws.
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

  /// Runs `body`, which waits for a network, a disk or another process, on a thread of its own.
  ///
  /// - Throws: as ``run(_:)``.
  package static func detached<Value: Sendable>(
    _ body: @escaping @Sendable (Job) throws -> Value
  ) async throws -> Value {
    try await JobQueue(maximumConcurrency: 1).run(body)
  }
}

/// A piece of work in a ``JobQueue``.
package final class Job: Sendable {
  fileprivate let cancelled = Atomic<Bool>(false)
  private let lanes: Lanes

  fileprivate init(_ lanes: Lanes) { self.lanes = lanes }

  /// Whether no other job of the queue runs or waits, so that this one may use the whole machine.
  package var isAlone: Bool { lanes.unfinishedCount == 1 }

  /// Whether the task was cancelled.
  package var isCancelled: Bool { cancelled.load(ordering: .relaxed) }

  /// - Throws: `CancellationError` once the task is cancelled.
  package func check() throws(CancellationError) {
    if isCancelled { throw CancellationError() }
  }

  /// Calls `body` and returns its result.
  ///
  /// - Throws: The error of `body`, or `CancellationError` in its place if the task was cancelled.
  package func orCancelled<Value>(_ body: () throws -> Value) throws -> Value {
    do { return try body() } catch {
      try check()
      throw error
    }
  }
}

/// The system has no thread left, for instance because a container limits them.
public struct NoThreadError: Error, Hashable, CustomStringConvertible {
  /// One line.
  public var description: String {
    "the system has no thread left to compute on; raise its limit of processes or threads"
  }
}

/// The state that the threads of a queue share.
private final class Lanes: @unchecked Sendable {
  /// A job that waits, as closures that end its task: exactly one of them is called, once.
  private struct Waiting {
    let job: Job
    let work: @Sendable () -> Void
    let fail: @Sendable (any Error) -> Void
  }

  private let maximum: Int
  private let start: @Sendable (@escaping @Sendable () -> Void) -> pthread_t?
  /// Jobs that wait or run.
  private let unfinished = Atomic<Int>(0)
  /// How many jobs wait: says without the lock whether it is worth a look.
  let waitingCount = Atomic<Int>(0)
  private let monitor = Monitor()
  /// Guarded by `monitor`, as is all that follows.
  private var waiting: [Waiting] = [] {
    didSet { waitingCount.store(waiting.count, ordering: .releasing) }
  }
  /// Threads that were started, and those of them that look for a job without sleeping.
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
      // The task may have been cancelled before it came here.
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

  /// Ends a job's task at once if the job waits; one that runs learns of it by ``Job/check()``.
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

  /// The job that has waited longest, or the next one that comes; nil when the queue ends.
  private func next() -> (@Sendable () -> Void)? {
    if waitingCount.load(ordering: .acquiring) == 0 {
      // A task that awaits one photo after the other brings the next one soon.
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
