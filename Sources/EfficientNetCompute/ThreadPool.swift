internal import CEfficientNetKernels
internal import Synchronization

#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif

/// A fixed set of threads that share the work of one process: the pieces of a network's step first,
/// then tasks that run ahead, such as decoding the next photos.
///
///     let pool = ThreadPool(threads: 2)
///     pool.forEach(count: rows) { row in … }
///
/// Which thread does what is left to chance; results must not depend on it, and ours do not.
/// Workers watch for work for some tens of microseconds, then sleep.
public final class ThreadPool: Sendable {
  /// Threads that work at the same time: the caller of ``forEach(count:_:)`` and the workers.
  public let threads: Int
  private let shared: SharedWork
  private let workers: [pthread_t]

  /// A pool of `threads` threads, or of as many as the machine lets this process use.
  ///
  /// - Precondition: `threads` is at least 1.
  public init(threads: Int? = nil) {
    let threads = threads ?? Self.availableProcessors
    precondition(threads >= 1, "a pool of \(threads) threads")
    let shared = SharedWork()
    self.shared = shared
    var workers: [pthread_t] = []
    while workers.count + 1 < threads {
      let number = workers.count + 1
      guard let worker = startThread({ shared.work(as: number) }) else { break }
      workers.append(worker)
    }
    self.workers = workers
    self.threads = workers.count + 1
  }

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
  public func forEach(count: Int, _ body: @Sendable (_ item: Int) -> Void) {
    forEach(count: count) { item, _ in body(item) }
  }

  /// Calls `body` for each item like ``forEach(count:_:)``, and tells it which thread works: memory for
  /// intermediate results is then needed once a thread, not once an item.
  ///
  ///     pool.forEach(count: rows) { row, thread in blur(row, scratch: scratch[thread]) }
  ///
  /// `thread` is in `0..<threads`: 0 is the caller, the workers have their numbers for life. No two calls of
  /// `body` that run at once have the same number, as far as they come from one call of `forEach`.
  public func forEach(count: Int, _ body: @Sendable (_ item: Int, _ thread: Int) -> Void) {
    guard count > 1, threads > 1, shared.runRegion(count: count, body) else {
      for item in 0..<max(count, 0) { body(item, 0) }
      return
    }
  }

  /// Has a worker call `task` some time later; with one thread, ``runPendingTask()`` does.
  public func submit(_ task: @escaping @Sendable () -> Void) {
    shared.submit(task)
  }

  /// Calls the task that has waited longest on this thread; returns whether there was one.
  public func runPendingTask() -> Bool {
    guard let task = shared.takeTask() else { return false }
    task()
    return true
  }

  /// Processors that this process may use, at least 1: those of its affinity mask, and no more than the quotas of
  /// its control groups (a container's limit) amount to, rounded up.
  public static var availableProcessors: Int {
    let processors = effnet_available_processors()
    return min(processors, ControlGroups.processors() ?? processors)
  }
}

/// What the threads of a pool share: one region of work at a time, and a queue of tasks.
private final class SharedWork: @unchecked Sendable {
  /// The region under way: its number, and the items `begin..<end` that nobody has taken yet.
  private let region = Atomic<UInt64>(0)

  /// What ``region`` holds. The number tells regions apart; that it starts over some time does no harm, since
  /// whoever takes an item reads `body` afterwards.
  private struct Items {
    static let maximum = (1 << 22) - 1
    var bits: UInt64

    init(bits: UInt64) { self.bits = bits }
    init(number: UInt64, count: Int) { bits = number << 44 | UInt64(count) }

    var number: UInt64 { bits >> 44 }
    var begin: Int { Int(truncatingIfNeeded: bits >> 22) & Self.maximum }
    var end: Int { Int(truncatingIfNeeded: bits) & Self.maximum }
    var isEmpty: Bool { begin >= end }

    /// Without the first or without the last item.
    func dropping(first: Bool) -> Items { Items(bits: first ? bits + (1 << 22) : bits - 1) }
  }
  /// Items of the region that are not done.
  private let unfinished = Atomic<Int>(0)
  private let isRegionTaken = Atomic<Bool>(false)
  /// Written by the owner of the region before it is published, read only by who has taken an item of it.
  private nonisolated(unsafe) var body: (@Sendable (_ item: Int, _ thread: Int) -> Void)?

  private let monitor = Monitor()
  private let sleepers = Atomic<Int>(0)
  private let isStopping = Atomic<Bool>(false)
  /// Guarded by `monitor`; `taskCount` says without the lock whether it is worth a look.
  private nonisolated(unsafe) var tasks: [@Sendable () -> Void] = []
  private let taskCount = Atomic<Int>(0)

  /// How often a worker looks for work before it sleeps: about 50 microseconds, longer than the gaps between steps.
  private static let looksBeforeSleep = 10_000

  /// Shares out `count` items and works on them; false if another region is under way.
  func runRegion(count: Int, _ body: @Sendable (Int, Int) -> Void) -> Bool {
    precondition(count <= Items.maximum, "too many items: \(count)")
    let isFree = isRegionTaken.compareExchange(
      expected: false, desired: true, ordering: .acquiring
    ).exchanged
    guard isFree else { return false }
    withoutActuallyEscaping(body) { body in
      unsafe self.body = body
      unfinished.store(count, ordering: .relaxed)
      let number = Items(bits: region.load(ordering: .relaxed)).number + 1
      region.store(
        Items(number: number, count: count).bits, ordering: .sequentiallyConsistent)
      wakeSleepers()
      while takeItem(as: 0) {}
      var looks = 0
      while unfinished.load(ordering: .acquiring) > 0 {
        looks += 1
        if looks % Self.looksBeforeSleep == 0 { sched_yield() }
      }
      unsafe self.body = nil
    }
    isRegionTaken.store(false, ordering: .releasing)
    return true
  }

  /// Takes one item of the region and does it; false if none is left.
  ///
  /// The owner, thread 0, takes the first ones and workers the last ones, so that a thread finds in its cache what it
  /// wrote in the region before.
  private func takeItem(as thread: Int) -> Bool {
    let isFirst = thread == 0
    var seen = Items(bits: region.load(ordering: .acquiring))
    while !seen.isEmpty {
      let (taken, current) = region.weakCompareExchange(
        expected: seen.bits, desired: seen.dropping(first: isFirst).bits,
        ordering: .acquiringAndReleasing)
      if taken {
        unsafe body?(isFirst ? seen.begin : seen.end - 1, thread)
        unfinished.subtract(1, ordering: .releasing)
        return true
      }
      seen = Items(bits: current)
    }
    return false
  }

  func submit(_ task: @escaping @Sendable () -> Void) {
    monitor.withLock {
      unsafe tasks.append(task)
      taskCount.add(1, ordering: .sequentiallyConsistent)
    }
    wakeSleepers()
  }

  func takeTask() -> (@Sendable () -> Void)? {
    guard taskCount.load(ordering: .acquiring) > 0 else { return nil }
    return monitor.withLock {
      guard unsafe !tasks.isEmpty else { return nil }
      taskCount.subtract(1, ordering: .relaxed)
      return unsafe tasks.removeFirst()
    }
  }

  /// A worker's life.
  func work(as thread: Int) {
    var looks = 0
    while !isStopping.load(ordering: .acquiring) {
      if takeItem(as: thread) {
        looks = 0
      } else if let task = takeTask() {
        task()
        looks = 0
      } else {
        looks += 1
        if looks > Self.looksBeforeSleep {
          sleep()
          looks = 0
        }
      }
    }
  }

  /// Sleeps until there is work. Whoever brings work first publishes it and then looks at `sleepers`;
  /// this first counts itself and then looks for work: one of the two sees the other.
  private func sleep() {
    monitor.withLock {
      sleepers.add(1, ordering: .sequentiallyConsistent)
      while Items(bits: region.load(ordering: .sequentiallyConsistent)).isEmpty,
        taskCount.load(ordering: .sequentiallyConsistent) == 0,
        !isStopping.load(ordering: .sequentiallyConsistent)
      {
        monitor.wait()
      }
      sleepers.subtract(1, ordering: .relaxed)
    }
  }

  private func wakeSleepers() {
    if sleepers.load(ordering: .sequentiallyConsistent) > 0 {
      monitor.withLock { monitor.wakeAll() }
    }
  }

  func stop() {
    isStopping.store(true, ordering: .sequentiallyConsistent)
    monitor.withLock { monitor.wakeAll() }
  }
}

/// Starts a POSIX thread; nil if the system has none left.
private func startThread(_ body: @escaping @Sendable () -> Void) -> pthread_t? {
  final class Body: Sendable {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
  }
  let context = Unmanaged.passRetained(Body(body))
  #if canImport(Darwin)
    var thread: pthread_t?
  #else
    var thread = pthread_t()
  #endif
  let status = unsafe pthread_create(
    &thread, nil,
    { argument in
      #if canImport(Darwin)
        let opaque = argument
      #else
        guard let opaque = argument else { return nil }
      #endif
      unsafe Unmanaged<Body>.fromOpaque(opaque).takeRetainedValue().run()
      return nil
    }, context.toOpaque())
  guard status == 0 else {
    context.release()
    return nil
  }
  return thread
}
