import EfficientNetSystem
import Foundation
import Synchronization

/// A counter that several threads may change.
final class Counter: Sendable {
  private let count = Atomic<Int>(0)
  var value: Int { count.load(ordering: .sequentiallyConsistent) }

  /// Adds a number and returns the previous value.
  @discardableResult
  func add(_ number: Int) -> Int {
    count.add(number, ordering: .sequentiallyConsistent).oldValue
  }
}

extension ThreadPool {
  /// Calls `body` once on each thread, on all threads at the same time.
  func onEachThread(_ body: @Sendable (Int) -> Void) {
    let there = Counter()
    forEach(count: threads) { _, thread in
      there.add(1)
      while there.value < threads { sched_yield() }
      body(thread)
    }
  }
}
