internal import EfficientNetCompute

/// Memory that pictures being decoded share. Each takes what it needs and gives it back; where that is not free, it
/// waits until others are done, in the order of arrival.
///
/// A picture that needs more than there is waits until it is alone. Since pictures hold nothing else while they
/// wait, and those that hold memory never wait, every wait ends.
final class MemoryBudget: @unchecked Sendable {
  /// Bytes that all pictures may take together.
  let bytes: Int
  private let monitor = Monitor()
  private var free: Int
  /// The next arrival's number, and whose turn it is to take memory.
  private var (arrivals, turn) = (0, 0)

  /// A budget of `bytes` bytes.
  init(bytes: Int) { (self.bytes, free) = (bytes, bytes) }

  /// Calls `body` while `count` bytes are taken.
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
