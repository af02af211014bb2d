internal import EfficientNetCompute

/// Memory that threads share while they decode pictures. A thread takes the bytes that it needs, or
/// waits in the order of arrival until other threads return enough.
///
/// A picture that needs more than the whole budget waits until it is alone. Waiting threads hold no
/// other resource and threads that hold memory never wait, so every wait ends.
final class MemoryBudget: @unchecked Sendable {
  let bytes: Int
  private let monitor = Monitor()
  private var free: Int
  /// The number of the next arrival, and the number of the arrival whose turn it is.
  private var (arrivals, turn) = (0, 0)

  init(bytes: Int) { (self.bytes, free) = (bytes, bytes) }

  /// Calls `body` while it holds `count` bytes of the budget.
  func withBytes<Result, Failure>(
    _ count: Int, _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let count = min(count, bytes)
    monitor.withLock {
      let number = arrivals
      arrivals += 1
      while number != turn || free < count { monitor.wait() }
      free -= count
      turn += 1
      monitor.wakeAll()
    }
    defer {
      monitor.withLock {
        free += count
        monitor.wakeAll()
      }
    }
    return try body()
  }
}
