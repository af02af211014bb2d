import Dispatch
import Testing

@testable import EfficientNetSystem

@Suite("Thread pool")
struct ThreadPoolTests {
  @Test("every item is processed once", arguments: [1, 2, 3, 4, 9], [0, 1, 2, 3, 7, 1000])
  func coversItems(threads: Int, count: Int) {
    let pool = ThreadPool(threads: threads)
    for _ in 0..<50 {
      let calls = (0..<count).map { _ in Counter() }
      pool.forEach(count: count) { item in calls[item].add(1) }
      #expect(calls.allSatisfy { $0.value == 1 })
    }
  }

  @Test("threads that work at the same time have different numbers", arguments: 1...4)
  func numbersThreads(threads: Int) {
    let pool = ThreadPool(threads: threads)
    let working = (0..<threads).map { _ in Counter() }
    let calls = (0..<1000).map { _ in Counter() }
    let clashes = Counter()
    pool.forEach(count: calls.count) { item, thread in
      if working[thread].add(1) != 0 { clashes.add(1) }
      calls[item].add(1)
      // A nested call that runs on a single thread numbers it 0.
      pool.forEach(count: 2) { _, inner in clashes.add(inner) }
      working[thread].add(-1)
    }
    #expect(calls.allSatisfy { $0.value == 1 })
    #expect(clashes.value == 0)
  }

  @Test(
    "a pool with fewer threads than requested reports their number and does the work",
    arguments: 0...3)
  func fewerThreads(started: Int) {
    var left = started
    let pool = ThreadPool(threads: 8) { body in
      left -= 1
      return left >= 0 ? startThread(body) : nil
    }
    #expect(pool.threads == started + 1 && pool.requestedThreads == 8)
    let (sum, done) = (Counter(), Counter())
    pool.forEach(count: 100) { item in sum.add(item) }
    #expect(sum.value == 4950)
    let submitted = DispatchSemaphore(value: 0)
    pool.submit {
      done.add(1)
      submitted.signal()
    }
    submitted.wait()
    #expect(done.value == 1)
  }

  @Test("a pool survives a million calls")
  func lasts() {
    let pool = ThreadPool(threads: 2)
    let sum = Counter()
    for _ in 0..<1_100_000 { pool.forEach(count: 2) { _ in sum.add(1) } }
    #expect(sum.value == 2_200_000)
  }

  @Test("regions may be nested and simultaneous")
  func nests() async {
    let pool = ThreadPool(threads: 3)
    let sum = Counter()
    await withTaskGroup { group in
      for _ in 0..<4 {
        group.addTask {
          for _ in 0..<50 {
            pool.forEach(count: 5) { _ in
              pool.forEach(count: 3) { inner in sum.add(inner) }
            }
          }
        }
      }
    }
    #expect(sum.value == 4 * 50 * 5 * 3)
  }

  @Test("sleeping workers are woken")
  func wakes() async throws {
    let pool = ThreadPool(threads: 2)
    let done = Counter()
    for round in 1...5 {
      try await Task.sleep(for: .milliseconds(20))
      pool.submit { done.add(1) }
      let deadline = ContinuousClock.now + .seconds(20)
      while done.value < round, ContinuousClock.now < deadline {
        try await Task.sleep(for: .milliseconds(1))
      }
      #expect(done.value == round)
    }
  }

  @Test("prefetched values come in order, at most the given number ahead", arguments: 1...3)
  func prefetches(threads: Int) {
    let pool = ThreadPool(threads: threads)
    let started = Counter()
    var values = Prefetcher(count: 100, ahead: 4, pool: pool) { index in
      started.add(1)
      return index * index
    }
    for index in 0..<100 {
      #expect(started.value < index + 4)
      #expect(values.next() == index * index)
    }
    #expect(values.next() == nil)
  }
}
