internal import Synchronization

/// Makes values on a pool ahead of their use, and hands them out in order.
///
///     let tensors = Prefetcher(count: paths.count, ahead: 8, pool: pool) { decode(paths[$0]) }
///     while let tensor = tensors.next() { … }
///
/// At most `ahead` values exist that were not handed out, so memory does not grow with `count`.
public final class Prefetcher<Value: Sendable>: @unchecked Sendable {
  private let count: Int
  private let ahead: Int
  private let pool: ThreadPool
  private let make: @Sendable (Int) -> Value

  private let monitor = Monitor()
  /// Guarded by `monitor`.
  private nonisolated(unsafe) var ready: [Int: Value] = [:]
  /// Used by the consumer only.
  private nonisolated(unsafe) var submitted = 0
  private nonisolated(unsafe) var consumed = 0

  /// Values `make(0)` … `make(count - 1)`.
  ///
  /// - Parameters:
  ///   - ahead: How many values may wait, at least 1.
  ///   - make: Called once for each index, on any thread.
  public init(
    count: Int, ahead: Int, pool: ThreadPool, make: @escaping @Sendable (Int) -> Value
  ) {
    precondition(count >= 0 && ahead >= 1, "\(count) values, \(ahead) ahead")
    (self.count, self.ahead, self.pool, self.make) = (count, ahead, pool, make)
  }

  /// The next value in order, or nil after the last. Helps to make values while it waits.
  ///
  /// One thread at a time may call it.
  public func next() -> Value? {
    guard unsafe consumed < count else { return nil }
    let index = unsafe consumed
    unsafe consumed += 1
    submit(through: min(index + ahead, count))
    while true {
      if let value = monitor.withLock({ unsafe ready.removeValue(forKey: index) }) { return value }
      if pool.runPendingTask() { continue }
      monitor.withLock {
        if unsafe ready[index] == nil { monitor.wait() }
      }
    }
  }

  private func submit(through end: Int) {
    while unsafe submitted < end {
      let index = unsafe submitted
      unsafe submitted += 1
      pool.submit { [self] in
        let value = make(index)
        monitor.withLock {
          unsafe ready[index] = value
          monitor.wakeAll()
        }
      }
    }
  }
}
