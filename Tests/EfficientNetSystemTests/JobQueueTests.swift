@testable import EfficientNetSystem
import Synchronization
import Testing

@Suite("Job queue", .timeLimit(.minutes(10)))
struct JobQueueTests {
  @Test("every job runs once, and at most the allowed number run at a time", arguments: [1, 3])
  func isBounded(maximum: Int) async throws {
    let queue = JobQueue(maximumConcurrency: maximum)
    let running = Locked((now: 0, most: 0))
    let results = try await withThrowingTaskGroup { group in
      for number in 0..<300 {
        group.addTask {
          try await queue.run { _ in
            running.withLock {
              $0.now += 1
              $0.most = max($0.most, $0.now)
            }
            defer { running.withLock { $0.now -= 1 } }
            return number
          }
        }
      }
      return try await group.reduce(into: [Int]()) { $0.append($1) }
    }
    #expect(results.sorted() == Array(0..<300))
    #expect(running.withLock { $0.most } <= maximum)
  }

  @Test("jobs run in the order of their calls")
  func isInOrder() async throws {
    let queue = JobQueue(maximumConcurrency: 1)
    let gate = Gate()
    let order = Locked<[Int]>([])
    var tasks = [Task { try await queue.run { _ in gate.wait() } }]
    await gate.untilSomebodyWaits()
    for number in 0..<20 {
      let begun = Gate()
      tasks.append(
        Task {
          begun.open()
          try await queue.run { _ in order.withLock { $0.append(number) } }
        })
      await begun.untilOpen()
      // The task has begun; the queue counts its job soon.
      while queue.waitingCount <= number { await Task.yield() }
    }
    gate.open()
    for task in tasks { try await task.value }
    #expect(order.withLock { $0 } == Array(0..<20))
  }

  /// If each job blocked one of Swift's threads, no task could open the gate.
  @Test("running jobs block none of Swift's threads")
  func doesNotBlockOtherTasks() async throws {
    let count = 2 * ThreadPool.availableProcessors + 8
    let queue = JobQueue(maximumConcurrency: count)
    let gate = Gate()
    try await withThrowingTaskGroup { group in
      for _ in 0..<count { group.addTask { try await queue.run { _ in gate.wait() } } }
      group.addTask {
        try await Task.sleep(for: .milliseconds(1))
        gate.open()
      }
      try await group.waitForAll()
    }
  }

  @Test("a waiting job's task ends as soon as it is cancelled")
  func cancelsWaiting() async throws {
    let queue = JobQueue(maximumConcurrency: 1)
    let gate = Gate()
    let first = Task { try await queue.run { _ in gate.wait() } }
    await gate.untilSomebodyWaits()
    let second = Task { try await queue.run { _ in _ = Issue.record("it was cancelled") } }
    while queue.waitingCount == 0 { await Task.yield() }
    second.cancel()
    // The first job still holds the only thread.
    await #expect(throws: CancellationError.self) { try await second.value }
    gate.open()
    try await first.value
  }

  @Test("a running job learns of its cancellation")
  func cancelsRunning() async throws {
    let queue = JobQueue(maximumConcurrency: 1)
    let gate = Gate()
    let task = Task {
      try await queue.run { job in
        gate.open()
        while true { try job.check() }
      }
    }
    await gate.untilOpen()
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    // The queue has a free place again.
    #expect(try await queue.run { _ in 7 } == 7)
  }

  @Test("a job of a cancelled task does not begin")
  func cancelledBefore() async throws {
    let queue = JobQueue(maximumConcurrency: 1)
    let task = Task {
      while !Task.isCancelled { await Task.yield() }
      try await queue.run { _ in _ = Issue.record("it was cancelled") }
    }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
  }

  @Test("a job's error is thrown to its caller")
  func throwsErrors() async throws {
    let queue = JobQueue(maximumConcurrency: 2)
    await #expect(throws: FileError.self) {
      let _: Int = try await queue.run { _ in throw FileError(path: "x", reason: "y") }
    }
  }

  @Test("a job knows whether it runs alone")
  func isAlone() async throws {
    let queue = JobQueue(maximumConcurrency: 2)
    #expect(try await queue.run { $0.isAlone })
    let gate = Gate()
    let other = Task { try await queue.run { _ in gate.wait() } }
    await gate.untilSomebodyWaits()
    #expect(try await !queue.run { $0.isAlone })
    gate.open()
    try await other.value
  }

  @Test("a queue without threads is an error, and one with few threads uses them")
  func fewThreads() async throws {
    let none = JobQueue(maximumConcurrency: 2, start: { _ in nil })
    await #expect(throws: NoThreadError.self) { try await none.run { _ in } }
    #expect(NoThreadError().errorDescription == NoThreadError().description)
    let started = Atomic<Int>(0)
    let one = JobQueue(maximumConcurrency: 8) { body in
      started.add(1, ordering: .relaxed).oldValue == 0 ? startThread(body) : nil
    }
    let sum = try await withThrowingTaskGroup { group in
      for number in 0..<50 { group.addTask { try await one.run { _ in number } } }
      return try await group.reduce(0, +)
    }
    #expect(sum == 1225)
  }
}

/// A gate that holds threads until it opens.
private final class Gate: Sendable {
  private let monitor = Monitor()
  private let state = Locked((isOpen: false, waiting: 0))

  func wait() {
    state.withLock { $0.waiting += 1 }
    monitor.withLock {
      while !state.withLock({ $0.isOpen }) { monitor.wait() }
    }
  }

  func open() {
    monitor.withLock {
      state.withLock { $0.isOpen = true }
      monitor.wakeAll()
    }
  }

  func untilOpen() async {
    while !state.withLock({ $0.isOpen }) { await Task.yield() }
  }

  func untilSomebodyWaits() async {
    while state.withLock({ $0.waiting }) == 0 { await Task.yield() }
  }
}
