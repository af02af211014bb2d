internal import CEfficientNetSystem
internal import Glibc
internal import Synchronization

/// What the threads of a pool share: the items of one call of `forEach` at a time, and a queue of tasks.
final class SharedWork: @unchecked Sendable {
  private let items = SharedItems()
  private let monitor = Monitor()
  private let sleepers = Atomic<Int>(0)
  private let isStopping = Atomic<Bool>(false)
  /// Guarded by `monitor`; `taskCount` says without the lock whether it is worth a look.
  private nonisolated(unsafe) var tasks: [@Sendable () -> Void] = []
  private let taskCount = Atomic<Int>(0)
  /// Guarded by `monitor`.
  private nonisolated(unsafe) var workers: [Worker] = []
  /// The processors that the workers may use, whatever those of the thread that wakes them.
  private let processors: effnet_processors

  /// A worker and the processor that it is kept off.
  private struct Worker {
    let thread: pthread_t
    var avoided: Int32 = -1
  }

  /// Work for threads that use these processors.
  init(processors: effnet_processors) { self.processors = processors }

  /// Registers a worker that was started. It has its creator's affinity mask, which may be that of another pool's worker.
  func add(_ thread: pthread_t) {
    withUnsafePointer(to: processors) { unsafe effnet_keep_off(thread, -1, $0) }
    monitor.withLock { unsafe workers.append(Worker(thread: thread)) }
  }

  /// Shares out `count` items and works on them; false if another call is under way.
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

  /// A worker's main loop. It ends when the pool does and no task is left.
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

  /// Sleeps until there is work. Whoever brings work first publishes it and then looks at `sleepers`;
  /// this first counts itself and then looks for work: one of the two sees the other.
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

  /// Keeps the workers off the caller's processor: the system likes to wake a thread where its waker runs, and leaves it
  /// waiting there, for milliseconds, until the waker is done with all the work.
  private func keepWorkersOff() {
    let processor = effnet_current_processor()
    let caller = pthread_self()
    for index in unsafe workers.indices where unsafe workers[index].avoided != processor {
      let thread = unsafe workers[index].thread
      // A worker that wakes the others stays where it is.
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
