/// Computes values on a pool ahead of their use and returns them in order.
///
///     var tensors = Prefetcher(count: paths.count, ahead: 8, pool: pool) { decode(paths[$0]) }
///     while let tensor = tensors.next() { … }
///
/// At most `ahead` values exist before they are returned, so memory does not grow with `count`.
/// After the prefetcher's end, remaining values are not computed.
package struct Prefetcher<Value: Sendable>: ~Copyable {
  private let count: Int
  private let ahead: Int
  private let pool: ThreadPool
  private let work: PrefetchedWork<Value>
  private var submitted = 0
  private var consumed = 0

  /// Creates a prefetcher of the values `make(0)` … `make(count - 1)`.
  ///
  /// - Parameters:
  ///   - ahead: The maximum number of values that wait to be returned, at least 1.
  ///   - make: Called once for each index, on any thread.
  package init(
    count: Int, ahead: Int, pool: ThreadPool, make: @escaping @Sendable (Int) -> Value
  ) {
    precondition(count >= 0 && ahead >= 1, "\(count) values, \(ahead) ahead")
    (self.count, self.ahead, self.pool) = (count, ahead, pool)
    work = PrefetchedWork(make: make)
  }

  deinit { work.abandon() }

  /// Returns the next value in order, or nil after the last. While it waits, the calling thread
  /// helps to compute values.
  package mutating func next() -> Value? {
    guard consumed < count else { return nil }
    let index = consumed
    consumed += 1
    // A pool of one thread has no workers to compute ahead.
    guard pool.threads > 1 else { return work.make(index) }
    while submitted < min(index + ahead, count) {
      pool.submit { [work, submitted] in work.perform(submitted) }
      submitted += 1
    }
    while true {
      if let value = work.take(index, orWait: false) { return value }
      if pool.runPendingTask() { continue }
      if let value = work.take(index, orWait: true) { return value }
    }
  }
}

/// The state shared by a prefetcher and its queued tasks. Tasks do not retain the pool, which
/// retains them.
private final class PrefetchedWork<Value: Sendable>: @unchecked Sendable {
  let make: @Sendable (Int) -> Value
  private let monitor = Monitor()
  /// Guarded by `monitor`.
  private var ready: [Int: Value] = [:]
  private var isAbandoned = false

  init(make: @escaping @Sendable (Int) -> Value) { self.make = make }

  func perform(_ index: Int) {
    if monitor.withLock({ isAbandoned }) { return }
    let value = make(index)
    monitor.withLock {
      if !isAbandoned { ready[index] = value }
      monitor.wakeAll()
    }
  }

  /// Returns a finished value. If it is not finished, waits for any change first.
  func take(_ index: Int, orWait: Bool) -> Value? {
    monitor.withLock {
      if orWait, ready[index] == nil { monitor.wait() }
      return ready.removeValue(forKey: index)
    }
  }

  func abandon() {
    monitor.withLock {
      isAbandoned = true
      ready = [:]
    }
  }
}
