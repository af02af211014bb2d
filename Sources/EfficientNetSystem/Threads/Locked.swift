/// A value that threads take in turns.
///
/// Behind POSIX's lock, and not the standard library's `Mutex`, whose futex the thread sanitizer does not see.
package final class Locked<Value>: @unchecked Sendable {
  private let monitor = Monitor()
  private var value: Value

  /// Guards `value`.
  package init(_ value: sending Value) { self.value = value }

  /// Calls `body` with the value while no other thread has it.
  package func withLock<Result>(_ body: (inout Value) -> Result) -> Result {
    monitor.withLock { body(&value) }
  }
}
