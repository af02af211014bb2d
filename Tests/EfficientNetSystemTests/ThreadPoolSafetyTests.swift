import Dispatch
import EfficientNetSystem
import Testing

@Suite("Thread pool, simultaneous use")
struct ThreadPoolSafetyTests {
  @Test("threads, tasks and workers may use a pool at the same time", arguments: [1, 2, 3, 8])
  func allAtOnce(threads: Int) async {
    let pool = ThreadPool(threads: threads)
    let sum = Counter()
    @Sendable func use() {
      for _ in 0..<20 {
        pool.submit { pool.forEach(count: 4) { _ in sum.add(1) } }
        pool.forEach(count: 3) { item in
          pool.forEach(count: 2) { _ in sum.add(1) }
          if item == 1 { _ = pool.runPendingTask() }
        }
      }
    }
    await withTaskGroup { group in
      for _ in 0..<3 { group.addTask { use() } }
      DispatchQueue.concurrentPerform(iterations: 3) { _ in use() }
    }
    while pool.runPendingTask() {}
    #expect(isSoon { sum.value == 6 * 20 * (4 + 3 * 2) })
  }

  @Test("the caller and the next call read what a call wrote", arguments: 1...4)
  func ordersMemory(threads: Int) {
    let pool = ThreadPool(threads: threads)
    let numbers = UnsafeMutableBufferPointer<Int>.allocate(capacity: 64)
    numbers.initialize(repeating: 0)
    defer { numbers.deallocate() }
    nonisolated(unsafe) let memory = numbers
    for round in 1...500 {
      // Each item uses its neighbor's number, so that threads read the numbers of others.
      pool.forEach(count: 32) { item in memory[32 + item] = memory[31 - item] + 1 }
      pool.forEach(count: 32) { item in memory[item] = memory[63 - item] }
      #expect(numbers.allSatisfy { $0 == round })
    }
  }

  @Test("pools can be created and destroyed quickly", arguments: [1, 2, 3])
  func comeAndGo(threads: Int) {
    let sum = Counter()
    for round in 0..<1000 {
      let pool = ThreadPool(threads: threads)
      if round % 3 > 0 { pool.submit { sum.add(0) } }
      if round % 2 > 0 { pool.forEach(count: 4) { item in sum.add(item) } }
    }
    #expect(sum.value == 500 * 6)
  }

  @Test("a pool may end on one of its own workers")
  func endsOnWorker() {
    for _ in 0..<50 {
      let (hasStarted, mayEnd) = (Counter(), Counter())
      weak var pool: ThreadPool?
      do {
        let strong = ThreadPool(threads: 3)
        pool = strong
        strong.submit {
          hasStarted.add(1)
          withExtendedLifetime(strong) { while mayEnd.value == 0 {} }
        }
        while hasStarted.value == 0 {}
      }
      mayEnd.add(1)
      #expect(isSoon { pool == nil })
    }
  }

  @Test("every submitted task runs, at the latest when the pool ends", arguments: [1, 2, 3])
  func runsAllTasks(threads: Int) {
    let sum = Counter()
    for _ in 0..<100 {
      let pool = ThreadPool(threads: threads)
      for _ in 0..<20 { pool.submit { sum.add(1) } }
    }
    #expect(isSoon { sum.value == 100 * 20 })
  }

  @Test("a pool of one thread runs submitted tasks")
  func oneThread() async {
    let pool = ThreadPool(threads: 1)
    let answer = await withCheckedContinuation { continuation in
      pool.submit { continuation.resume(returning: 42) }
    }
    #expect(answer == 42)
  }

  /// Whether the condition becomes true within 20 seconds.
  private func isSoon(_ condition: () -> Bool) -> Bool {
    let deadline = ContinuousClock.now + .seconds(20)
    while !condition() {
      if ContinuousClock.now > deadline { return false }
    }
    return true
  }
}
