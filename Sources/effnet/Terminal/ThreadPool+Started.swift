import EfficientNetSystem

extension ThreadPool {
  /// A pool for a command. A note on standard error says if the system starts fewer threads than were asked for.
  ///
  /// - Parameter threads: As many as that, or nil for all processors.
  static func started(threads: Int?) -> ThreadPool {
    let pool = ThreadPool(threads: threads)
    if pool.threads < pool.requestedThreads {
      StandardError.note(
        "the system starts only \(pool.threads) of \(pool.requestedThreads) threads: a limit of memory or "
          + "processes; effnet computes with these")
    }
    return pool
  }
}
