package import EfficientNet
internal import EfficientNetCompute

/// Runs many photos through a network, in order.
///
/// The pool's threads decode photos ahead while the network runs. An unreadable photo does not stop
/// the others, and memory does not grow with the number of photos.
package struct PhotoBatches: Sendable {
  private let pool: ThreadPool
  package let size: Int

  /// Creates batches for an engine.
  ///
  /// - Parameters:
  ///   - engine: The network.
  ///   - pool: The threads to decode on.
  ///   - size: The number of photos in one run; nil for 8, or fewer if 8 would take more than half
  ///     a gigabyte.
  package init(for engine: Engine, pool: ThreadPool, size: Int?) {
    self.pool = pool
    let session = engine.sessionBytes(maximumBatch: 8, pool: pool)
    let room = ((1 << 29) - session) / Self.bytesPerPhoto(engine)
    self.size = size ?? max(1, min(8, room))
  }

  /// The bytes that a photo takes besides the network: up to three copies of its tensor and two of
  /// its output.
  private static func bytesPerPhoto(_ engine: Engine) -> Int {
    4 * (3 * engine.architecture.inputShape.count + 2 * engine.outputCount)
  }

  /// Throws if the machine has too little memory for a batch; nil is always accepted.
  ///
  /// - Throws: ``FeaturesError/batch(_:needed:memory:)``.
  package static func check(
    _ batch: Int?, for engine: Engine, pool: ThreadPool
  ) throws(FeaturesError) {
    guard let batch else { return }
    let needed =
      engine.sessionBytes(maximumBatch: batch, pool: pool) + batch * bytesPerPhoto(engine)
    guard needed <= MachineMemory.bytes else {
      throw .batch(batch, needed: needed, memory: MachineMemory.bytes)
    }
  }

  /// Calls `report` with the value of each photo or its error, in the order of the photos.
  ///
  /// - Parameters:
  ///   - count: The number of photos.
  ///   - prepared: Decodes the photo of an index and prepares it for the network, on any thread.
  ///   - compute: Returns a value or an error for each prepared photo of a batch.
  ///   - report: Receives the index of a photo and its value or error.
  /// - Throws: What `report` throws, after all work has stopped.
  package func forEach<Input: Sendable, Value>(
    count: Int, prepared: @escaping @Sendable (Int) throws -> Input,
    compute: ([Input]) -> [Result<Value, any Error>],
    report: (Int, Result<Value, any Error>) throws -> Void
  ) throws -> PhotoTotals {
    let clock = ContinuousClock()
    let start = clock.now
    var totals = PhotoTotals()
    var photos = Prefetcher(count: count, ahead: 2 * size + 2 * pool.threads, pool: pool) { index in
      let begin = clock.now
      let input = Result<Input, any Error> { try prepared(index) }
      return (input: input, time: clock.now - begin)
    }
    for first in stride(from: 0, to: count, by: size) {
      let batch = (first..<min(first + size, count)).compactMap { _ in photos.next() }
      let inputs = batch.compactMap { try? $0.input.get() }
      var values: [Result<Value, any Error>] = []
      if !inputs.isEmpty {
        let begin = clock.now
        values = compute(inputs).reversed()
        totals.network += clock.now - begin
      }
      for (offset, photo) in batch.enumerated() {
        totals.photos += 1
        totals.preparation += photo.time
        let outcome: Result<Value, any Error> =
          switch photo.input {
          case .success: values.removeLast()
          case .failure(let error): .failure(error)
          }
        if case .failure(let error) = outcome {
          totals.failures += 1
          if error is NetworkOverflow { totals.overflows += 1 }
        }
        try report(first + offset, outcome)
      }
    }
    totals.wall = clock.now - start
    return totals
  }
}

/// Counts and times of a run over many photos.
public struct PhotoTotals: Hashable, Sendable {
  /// The number of photos, and the number of those that failed.
  public var photos = 0, failures = 0
  /// The number of photos that were read, but for which the network's outputs are not finite.
  package var overflows = 0
  /// The time in the network.
  public var network = Duration.zero
  /// The time to read and prepare photos, summed over all threads.
  public var preparation = Duration.zero
  /// The elapsed time.
  public var wall = Duration.zero
}
