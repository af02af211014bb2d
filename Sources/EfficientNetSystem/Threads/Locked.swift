/// A value with a lock: one thread at a time can access it.
///
/// It uses a POSIX lock instead of the standard library's `Mutex`, whose futex the thread sanitizer
/// does not see.
package final class Locked<Value>: @unchecked Sendable {
  private let monitor = Monitor()
  private var value: Value

  package init(_ value: sending Value) { self.value = value }

  /// Calls `body` with exclusive access to the value.
  package func withLock<Result>(_ body: (inout Value) -> Result) -> Result {
    monitor.withLock { body(&value) }
  }
}
