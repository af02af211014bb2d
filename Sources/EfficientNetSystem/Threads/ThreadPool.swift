internal import CEfficientNetSystem
internal import Glibc

/// A fixed set of threads that share the work of one process: the pieces of a network's step first,
/// then tasks that run ahead, such as decoding the next photos.
///
///     let pool = ThreadPool(threads: 2)
///     pool.forEach(count: rows) { row in … }
///
/// Which thread does what is left to chance; results must not depend on it, and ours do not.
/// Who waits, looks for 50 microseconds, then sleeps.
public final class ThreadPool: Sendable {
  /// Threads that work at the same time: the caller of ``forEach(count:_:)`` and the workers.
  ///
  /// Fewer than ``requestedThreads`` where the system did not start as many, for instance because a container
  /// limits its processes. Results are the same.
  public let threads: Int
  package let requestedThreads: Int
  private let shared: SharedWork
  private let workers: [pthread_t]

  /// A pool of `threads` threads, or of as many as the machine lets this process use.
  ///
  /// - Precondition: `threads` is at least 1.
  public convenience init(threads: Int? = nil) {
    self.init(threads: threads ?? Self.availableProcessors, start: startThread)
  }

  /// The same with threads that `start` starts; nil where it has none left.
  init(threads: Int, start: (@escaping @Sendable () -> Void) -> pthread_t?) {
    precondition(threads >= 1, "a pool of \(threads) threads")
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

  /// Waits until the workers have run all tasks that were submitted.
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

  /// Calls `body(0)` … `body(count - 1)`, each once, on any threads in any order, and returns when all are done.
  ///
  /// Called from inside `body`, or while another thread's call is under way, it does the work on the
  /// calling thread alone.
  ///
  /// - Precondition: `count` is at most `UInt32.max`. Nothing is done for 0 or less.
  package func forEach(count: Int, _ body: @Sendable (_ item: Int) -> Void) {
    forEach(count: count) { item, _ in body(item) }
  }

  /// Calls `body` for each item like ``forEach(count:_:)``, and tells it which thread works: memory for
  /// intermediate results is then needed once a thread, not once an item.
  ///
  ///     pool.forEach(count: rows) { row, thread in blur(row, scratch: scratch[thread]) }
  ///
  /// `thread` is in `0..<threads`: 0 is the caller, the workers have their numbers for life. No two calls of
  /// `body` that run at once have the same number, as far as they come from one call of `forEach`.
  package func forEach(count: Int, _ body: @Sendable (_ item: Int, _ thread: Int) -> Void) {
    guard count > 1, threads > 1, shared.forEach(count: count, body) else {
      for item in 0..<max(count, 0) { body(item, 0) }
      return
    }
  }

  /// Has a worker call `task` some time later, at the latest when the pool ends.
  ///
  /// A pool of one thread has no workers: there it calls `task` at once, and returns when that is done.
  package func submit(_ task: @escaping @Sendable () -> Void) {
    guard threads > 1 else { return task() }
    shared.submit(task)
  }

  /// Calls the task that has waited longest on this thread; returns whether there was one.
  package func runPendingTask() -> Bool {
    guard let task = shared.takeTask() else { return false }
    task()
    return true
  }

  /// Processors that this process may use, at least 1: those of its affinity mask, and no more than the quotas of
  /// its control groups (a container's limit) amount to, rounded up.
  package static var availableProcessors: Int {
    var usable = effnet_usable_processors()
    let processors = unsafe effnet_processor_count(&usable)
    return min(processors, ControlGroups.processors() ?? processors)
  }
}
