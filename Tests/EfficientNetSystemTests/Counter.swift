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
