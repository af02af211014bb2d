import EfficientNetSystem
import EfficientNetTestSupport
import Foundation
import Testing

@testable import EfficientNetServing

@Suite("Lanes of photos")
struct PhotoQueueTests {
  /// A lane that is kept busy until `open()`.
  private final class Gate: Sendable {
    private let semaphore = DispatchSemaphore(value: 0)
    func wait() { semaphore.wait() }
    func open() { semaphore.signal() }
  }

  private static func demand(_ request: Int, cost: Double = 0.01) -> PhotoQueue.Demand {
    PhotoQueue.Demand(request: request, cost: cost)
  }

  /// Occupies the only lane of a queue until the gate opens.
  private static func occupy(_ queue: PhotoQueue, _ gate: Gate) async throws -> Task<
    Void, any Error
  > {
    let task = Task { try await queue.run(demand(0)) { _ in gate.wait() } }
    while queue.counts.running == 0 { await Task.yield() }
    return task
  }

  @Test("a photo that would wait too long is refused, with the time after which to try again")
  func refusal() async throws {
    let queue = PhotoQueue(lanes: 1, maximumWait: .milliseconds(100))
    let gate = Gate()
    let occupied = try await Self.occupy(queue, gate)
    let waiting = (1...2).map { number in
      Task { try await queue.run(Self.demand(number, cost: 2)) { _ in number } }
    }
    while queue.counts.waiting < 2 { await Task.yield() }
    let error = #expect(throws: RequestError.self) { try queue.admit() }
    #expect(error?.status == 503 && error?.retryAfter == 4)
    #expect(error?.message.contains("the limit is 100 ms (--max-wait)") == true)
    gate.open()
    for (index, task) in waiting.enumerated() { #expect(try await task.value == index + 1) }
    try await occupied.value
    try queue.admit()
  }

  @Test("a photo whose answer would come too late is not computed")
  func deadline() async throws {
    let queue = PhotoQueue(lanes: 1, maximumWait: .seconds(10))
    var demand = Self.demand(1, cost: 0.5)
    demand.deadline = .now + .milliseconds(100)
    let late = demand
    let error = await #expect(throws: RequestError.self) {
      try await queue.run(late) { _ in }
    }
    #expect(error?.status == 504)
  }

  @Test("a cancelled photo does not wait, and one that is computed learns of it")
  func cancellation() async throws {
    let queue = PhotoQueue(lanes: 1, maximumWait: .seconds(10))
    let gate = Gate()
    let occupied = try await Self.occupy(queue, gate)
    let waiting = Task { try await queue.run(Self.demand(1)) { _ in } }
    while queue.counts.waiting == 0 { await Task.yield() }
    waiting.cancel()
    await #expect(throws: CancellationError.self) { try await waiting.value }
    #expect(queue.counts.waiting == 0)
    gate.open()
    try await occupied.value

    let (begun, second) = (Gate(), Gate())
    let running = Task {
      try await queue.run(Self.demand(2)) { turn in
        begun.open()
        second.wait()
        try turn.check()
      }
    }
    begun.wait()
    running.cancel()
    second.open()
    await #expect(throws: CancellationError.self) { try await running.value }
  }

  @Test("every photo has an answer, whatever is cancelled, and the queue is empty at the end")
  func nothingIsLost() async throws {
    let queue = PhotoQueue(lanes: 3, maximumWait: .seconds(1000))
    let computed = Locked(0)
    let answers = await withTaskGroup(of: Bool.self) { group in
      for number in 0..<2000 {
        group.addTask {
          var demand = Self.demand(number % 40, cost: 1e-6)
          (demand.isBulk, demand.isLarge) = (number % 7 == 0, number % 11 == 0)
          let task = Task { [demand] in
            try await queue.run(demand) { _ in computed.withLock { $0 += 1 } }
          }
          if number % 5 == 0 { task.cancel() }
          do {
            try await task.value
            return true
          } catch {
            return !(error is CancellationError)
          }
        }
      }
      return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
    }
    #expect(answers >= 1600 && answers == computed.withLock(\.self))
    while queue.counts.running > 0 { await Task.yield() }
    #expect(queue.counts.waiting == 0 && queue.estimatedWait == .zero)
  }

  @Test("large photos are computed one at a time")
  func largePhotos() async throws {
    let queue = PhotoQueue(lanes: 3, maximumWait: .seconds(1000))
    let state = Locked((running: 0, most: 0))
    try await withThrowingTaskGroup { group in
      for number in 0..<60 {
        group.addTask {
          var demand = Self.demand(number)
          demand.isLarge = true
          try await queue.run(demand) { _ in
            state.withLock {
              $0.running += 1
              $0.most = max($0.most, $0.running)
            }
            usleep(200)
            state.withLock { $0.running -= 1 }
          }
        }
      }
      try await group.waitForAll()
    }
    #expect(state.withLock(\.most) == 1)
  }
}
