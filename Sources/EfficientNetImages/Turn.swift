internal import Synchronization

/// A lock that work takes only if it has to.
final class Turn: Sendable {
  private let mutex = Mutex<Void>(())

  /// Calls `body`, alone among those whose `isNeeded` is true.
  func withLock<Result: Sendable, Failure: Error>(
    if isNeeded: Bool, _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    guard isNeeded else { return try body() }
    return try mutex.withLock { (_) throws(Failure) in try body() }
  }
}
