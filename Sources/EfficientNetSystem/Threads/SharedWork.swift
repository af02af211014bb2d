internal import CEfficientNetSystem
internal import Glibc
internal import Synchronization

/// The work shared by the threads of a pool: the items of one call of `forEach` at a time, and a
/// queue of tasks.
final class SharedWork: @unchecked Sendable {
  private let items = SharedItems()
  private let monitor = Monitor()
  private let sleepers = Atomic<Int>(0)
  private let isStopping = Atomic<Bool>(false)
  /// Guarded by `monitor`; `taskCount` is readable without the lock.
  private nonisolated(unsafe) var tasks: [@Sendable () -> Void] = []
  private let taskCount = Atomic<Int>(0)
  /// Guarded by `monitor`.
  private nonisolated(unsafe) var workers: [Worker] = []
  /// The processors that the workers may use, independent of the affinity of the thread that wakes
  /// them.
  private let processors: effnet_processors

  /// A worker and the processor that it must not use.
  private struct Worker {
    let thread: pthread_t
    var avoided: Int32 = -1
  }

  init(processors: effnet_processors) { self.processors = processors }

  /// Registers a started worker. Its affinity mask is its creator's, which may be a worker of
  /// another pool.
  func add(_ thread: pthread_t) {
    withUnsafePointer(to: processors) { unsafe effnet_keep_off(thread, -1, $0) }
    monitor.withLock { unsafe workers.append(Worker(thread: thread)) }
  }

  /// Shares `count` items and works on them; returns false if another call is under way.
  func forEach(count: Int, _ body: SharedItems.Body) -> Bool {
    items.share(count: count, body, whenPublished: wakeSleepers)
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

  /// The main loop of a worker. It ends when the pool ends and no task is left.
  func work(as thread: Int) {
    withUnsafePointer(to: processors) { unsafe effnet_become_worker($0) }
    var spinning = SpinWait()
    while true {
      if items.help(as: thread) {
        spinning.restart()
      } else if let task = takeTask() {
        task()
        spinning.restart()
      } else if isStopping.load(ordering: .acquiring) {
        return
      } else if !spinning.goesOn() {
        sleep()
        spinning.restart()
      }
    }
  }

  /// Sleeps until there is work. A thread that adds work first publishes it and then reads
  /// `sleepers`; a worker first increments `sleepers` and then looks for work. So one of them sees
  /// the other's change.
  private func sleep() {
    monitor.withLock {
      sleepers.add(1, ordering: .sequentiallyConsistent)
      while items.areTaken,
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
      monitor.withLock {
        keepWorkersOff()
        monitor.wakeAll()
      }
    }
  }

  /// Moves the workers to other processors than the caller's. The system tends to wake a thread on
  /// the processor of the waking thread, where it waits for milliseconds until the waking thread
  /// has done all the work.
  private func keepWorkersOff() {
    let processor = effnet_current_processor()
    let caller = pthread_self()
    for index in unsafe workers.indices where unsafe workers[index].avoided != processor {
      let thread = unsafe workers[index].thread
      // A worker that wakes the others is not moved.
      if pthread_equal(thread, caller) != 0 { continue }
      unsafe workers[index].avoided = processor
      withUnsafePointer(to: processors) { unsafe effnet_keep_off(thread, processor, $0) }
    }
  }

  func stop() {
    isStopping.store(true, ordering: .sequentiallyConsistent)
    monitor.withLock { monitor.wakeAll() }
  }
}
