import Synchronization

struct Overloaded: Error {}
struct TimedOut: Error {}

final class UploadGate: Sendable {
  private let uploads = Mutex(0)

  /// Runs `body`, or throws if `limit` uploads wait or are computed.
  func pass<Value: Sendable>(
    limit: Int, _ body: @Sendable () async throws -> Value
  ) async throws -> Value {
    let count = uploads.withLock { count in
      count += 1
      return count
    }
    defer { uploads.withLock { $0 -= 1 } }
    guard count <= limit else { throw Overloaded() }
    return try await body()
  }
}

/// Runs `body`, and cancels it and throws if it takes longer than `limit`.
func withTimeout<Value: Sendable>(
  _ limit: Duration, _ body: @escaping @Sendable () async throws -> Value
) async throws -> Value {
  try await withThrowingTaskGroup(of: Value.self) { group in
    group.addTask { try await body() }
    group.addTask {
      try await Task.sleep(for: limit)
      throw TimedOut()
    }
    defer { group.cancelAll() }
    guard let value = try await group.next() else { throw TimedOut() }
    return value
  }
}
