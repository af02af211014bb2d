import Synchronization

/// A number that threads count up together.
final class Counter: Sendable {
  private let count = Atomic<Int>(0)
  var value: Int { count.load(ordering: .sequentiallyConsistent) }

  /// Adds a number, and returns what was there before.
  @discardableResult
  func add(_ number: Int) -> Int {
    count.add(number, ordering: .sequentiallyConsistent).oldValue
  }
}
