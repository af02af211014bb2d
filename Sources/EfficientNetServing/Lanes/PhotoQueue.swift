internal import EfficientNetSystem

/// The lanes of the server, each a thread that takes a photo from its bytes to its answer, and the
/// photos that wait for them.
///
/// The queue bounds the time that a photo waits, not their number: ``admit()`` refuses a request whose
/// first photo would wait longer. A photo that is alone may use the other lanes' processors: see
/// ``Turn/isAlone``.
package final class PhotoQueue: Sendable {
  /// The number of photos that are computed at a time.
  package let lanes: Int
  private let maximumWait: Duration
  private let jobs: JobQueue
  private let state = Locked(State())

  private struct State {
    var waiting = WaitingPhotos<Waiting>()
    /// The ends of the photos that are computed, as they were estimated, by number.
    var ends: [Int: ContinuousClock.Instant] = [:]
    var isLargeRunning = false
    /// The number of turns that found only large photos while another one was computed.
    var missedTurns = 0
    var number = 0
  }

  /// A waiting photo. One of its closures is called, once.
  private struct Waiting: Sendable {
    let begin: @Sendable (Job, Duration) -> Void
    let fail: @Sendable (any Error) -> Void
    let arrival: ContinuousClock.Instant
    let deadline: ContinuousClock.Instant?
  }

  /// What a photo that is computed knows of its turn.
  package struct Turn: Sendable {
    fileprivate let job: Job
    fileprivate let isCancelled: @Sendable () -> Bool
    /// The time that the photo waited.
    package let waited: Duration

    /// Whether no other photo waits or is computed.
    package var isAlone: Bool { job.isAlone }

    /// Throws `CancellationError` if nobody waits for the answer any more.
    package func check() throws(CancellationError) {
      if isCancelled() { throw CancellationError() }
    }
  }

  /// What a photo needs.
  package struct Demand: Sendable {
    /// A number that the photos of a request share.
    package var request: Int
    /// The estimated time of a lane, in seconds.
    package var cost: Double
    /// Whether no other large photo may be decoded at the same time.
    package var isLarge = false
    /// Whether interactive photos come first.
    package var isBulk = false
    /// The time after which the answer is useless.
    package var deadline: ContinuousClock.Instant?

    package init(request: Int, cost: Double) { (self.request, self.cost) = (request, cost) }
  }

  /// Creates a queue whose threads start with the first photos.
  ///
  /// - Parameters:
  ///   - lanes: The number of photos that are computed at a time, at least 1.
  ///   - maximumWait: The longest time that a photo may have to wait.
  package init(lanes: Int, maximumWait: Duration) {
    (self.lanes, self.maximumWait) = (lanes, maximumWait)
    jobs = JobQueue(maximumConcurrency: lanes)
  }

  /// The number of photos that wait, and of those that are computed.
  package var counts: (waiting: Int, running: Int) {
    state.withLock { ($0.waiting.count, $0.ends.count) }
  }

  /// The estimated time until a new photo is computed.
  package var estimatedWait: Duration { state.withLock { estimatedWait($0) } }

  private func estimatedWait(_ state: State) -> Duration {
    guard state.ends.count + state.waiting.count >= lanes else { return .zero }
    let now = ContinuousClock.now
    let running = state.ends.values.reduce(Duration.zero) { $0 + max(.zero, $1 - now) }
    return (running + .seconds(state.waiting.cost)) / lanes
  }

  /// Throws if a new photo would wait longer than the limit.
  ///
  /// - Throws: ``RequestError`` with status 503 and the time after which to try again.
  package func admit() throws(RequestError) {
    let (wait, waiting) = state.withLock { (estimatedWait($0), $0.waiting.count) }
    // A short line is always worth its wait: the estimate may be of one very large photo.
    guard wait > maximumWait, waiting >= 2 * lanes else { return }
    throw RequestError(
      status: 503,
      message:
        "the server is busy: a photo would wait \(wait.wholeMilliseconds) ms, and the limit is "
        + "\(maximumWait.wholeMilliseconds) ms (--max-wait); try again later",
      retryAfter: max(1, Int(wait.seconds.rounded(.up))))
  }

  /// Computes a photo in its turn, on a lane.
  ///
  /// - Parameter body: The computation. It calls ``Turn/check()`` from time to time.
  /// - Throws: ``RequestError`` with status 504 if its deadline cannot be met; `CancellationError`;
  ///   `NoThreadError`; the errors of `body`.
  package func run<Value: Sendable>(
    _ demand: Demand, _ body: @escaping @Sendable (Turn) throws -> Value
  ) async throws -> Value {
    let isCancelled = Locked(false)
    let number = state.withLock { state in
      state.number += 1
      return state.number
    }
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let waiting = Waiting(
          begin: { job, waited in
            let turn = Turn(
              job: job, isCancelled: { isCancelled.withLock(\.self) }, waited: waited)
            continuation.resume(with: Result { try body(turn) })
          },
          fail: { continuation.resume(throwing: $0) }, arrival: .now, deadline: demand.deadline)
        add(waiting, number, demand, isCancelled)
      }
    } onCancel: {
      isCancelled.withLock { $0 = true }
      state.withLock { $0.waiting.remove(number) }?.photo.fail(CancellationError())
    }
  }

  private func add(_ waiting: Waiting, _ number: Int, _ demand: Demand, _ isCancelled: Locked<Bool>)
  {
    let isAdded = state.withLock { state in
      // The task may have been cancelled before this call.
      if isCancelled.withLock(\.self) { return false }
      state.waiting.add(
        .init(number: number, cost: demand.cost, isLarge: demand.isLarge, photo: waiting),
        of: demand.request, isBulk: demand.isBulk)
      return true
    }
    guard isAdded else { return waiting.fail(CancellationError()) }
    addTurn()
  }

  /// Adds a turn to the lanes: as many as there are photos. The photo is chosen when the turn comes.
  private func addTurn() {
    jobs.submit { [self] job in
      takeTurn(job)
    } orFail: { [self] error in
      state.withLock { $0.waiting.next(allowsLarge: true) }?.photo.fail(error)
    }
  }

  private func takeTurn(_ job: Job) {
    let now = ContinuousClock.now
    let entry = state.withLock { state -> WaitingPhotos<Waiting>.Entry? in
      guard let entry = state.waiting.next(allowsLarge: !state.isLargeRunning) else {
        if state.waiting.count > 0 { state.missedTurns += 1 }
        return nil
      }
      state.ends[entry.number] = now + .seconds(entry.cost)
      if entry.isLarge { state.isLargeRunning = true }
      return entry
    }
    // The photo of this turn was cancelled, or waits for another large one.
    guard let entry else { return }
    if let deadline = entry.photo.deadline, now + .seconds(entry.cost) > deadline {
      entry.photo.fail(
        RequestError(
          status: 504, message: "the answer would come after the deadline of the request"))
    } else {
      entry.photo.begin(job, now - entry.photo.arrival)
    }
    let missed = state.withLock { state in
      state.ends[entry.number] = nil
      guard entry.isLarge else { return 0 }
      state.isLargeRunning = false
      defer { state.missedTurns = 0 }
      return state.missedTurns
    }
    for _ in 0..<missed { addTurn() }
  }
}

extension Duration {
  /// The duration in seconds.
  package var seconds: Double {
    Double(components.seconds) + 1e-18 * Double(components.attoseconds)
  }

  /// The duration in whole milliseconds.
  package var wholeMilliseconds: Int { Int((1000 * seconds).rounded()) }
}
