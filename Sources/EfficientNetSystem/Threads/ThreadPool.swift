internal import CEfficientNetSystem
internal import Glibc

/// A fixed set of threads that share the work of a process: first the pieces of a network's step,
/// then tasks that run ahead, such as decoding the next photos.
///
///     let pool = ThreadPool(threads: 2)
///     let classifier = try Classifier(model, pool: pool)
///
/// Any thread may do any piece of work; the results of this library do not depend on it. A waiting
/// thread spins for 50 µs, then sleeps.
public final class ThreadPool: Sendable {
  /// The number of threads that compute at the same time: the calling thread and the workers.
  ///
  /// The number is lower than requested if the system did not start all threads, for instance
  /// because a container limits them. The results are the same.
  public let threads: Int
  package let requestedThreads: Int
  private let shared: SharedWork
  private let workers: [pthread_t]

  /// Creates a pool.
  ///
  /// - Parameter threads: The number of threads, including the calling thread; nil for the number
  ///   of processors that the affinity mask and the control groups of the process allow, at most
  ///   1024.
  /// - Precondition: `threads` is from 1 to 1024.
  public convenience init(threads: Int? = nil) {
    self.init(threads: threads ?? min(Self.availableProcessors, 1024), start: startThread)
  }

  /// Creates a pool whose threads are started by `start`, which returns nil if no thread is
  /// available.
  init(threads: Int, start: (@escaping @Sendable () -> Void) -> pthread_t?) {
    require(1...1024 ~= threads, "threads is \(threads); it must be from 1 to 1024")
    let shared = SharedWork(processors: effnet_usable_processors())
    self.shared = shared
    requestedThreads = threads
    var workers: [pthread_t] = []
    while workers.count + 1 < threads {
      let number = workers.count + 1
      guard let worker = start({ shared.work(as: number) }) else { break }
      shared.add(worker)
      workers.append(worker)
    }
    self.workers = workers
    self.threads = workers.count + 1
  }

  /// Waits until the workers have run all submitted tasks.
  deinit {
    shared.stop()
    for worker in workers {
      if pthread_equal(worker, pthread_self()) != 0 {
        pthread_detach(worker)
      } else {
        pthread_join(worker, nil)
      }
    }
  }

  /// Calls `body(0)` … `body(count - 1)` once each, on any threads in any order, and returns when
  /// all calls have returned.
  ///
  /// A call from inside `body`, or during another thread's call, does all its work on the calling
  /// thread.
  ///
  /// - Precondition: `count` is at most `UInt32.max`. A `count` of 0 or less does nothing.
  package func forEach(count: Int, _ body: @Sendable (_ item: Int) -> Void) {
    forEach(count: count) { item, _ in body(item) }
  }

  /// Works like the other `forEach`, and also passes `body` the number of the thread that runs it.
  /// So memory for intermediate results is needed once per thread instead of once per item.
  ///
  ///     pool.forEach(count: rows) { row, thread in blur(row, scratch: scratch[thread]) }
  ///
  /// `thread` is in `0..<threads`: 0 is the caller, and each worker keeps its number. Concurrent
  /// calls of `body` from one call of `forEach` have different numbers.
  package func forEach(count: Int, _ body: @Sendable (_ item: Int, _ thread: Int) -> Void) {
    guard count > 1, threads > 1, shared.forEach(count: count, body) else {
      for item in 0..<max(count, 0) { body(item, 0) }
      return
    }
  }

  /// Queues `task` for a worker, which calls it later, at the latest when the pool ends.
  ///
  /// A pool of one thread has no workers: it calls `task` at once and returns when that is done.
  package func submit(_ task: @escaping @Sendable () -> Void) {
    guard threads > 1 else { return task() }
    shared.submit(task)
  }

  /// Calls the oldest waiting task on this thread; returns whether there was one.
  package func runPendingTask() -> Bool {
    guard let task = shared.takeTask() else { return false }
    task()
    return true
  }

  /// The number of processors that this process may use, at least 1: those of its affinity mask,
  /// limited by the quotas of its control groups (a container's limit), rounded up.
  package static var availableProcessors: Int {
    var usable = effnet_usable_processors()
    let processors = unsafe effnet_processor_count(&usable)
    return min(processors, ControlGroups.processors() ?? processors)
  }
}
