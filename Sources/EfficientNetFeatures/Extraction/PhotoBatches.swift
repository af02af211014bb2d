package import EfficientNet
package import EfficientNetCompute

/// Puts many photos through a network: they are decoded ahead on the pool's threads while it runs, and come out in order. A
/// photo that cannot be read costs nobody else anything, and memory does not grow with their number.
package struct PhotoBatches: Sendable {
  /// What happens to a photo before the network sees it.
  private let preprocessing: Preprocessing
  private let pool: ThreadPool
  /// The number of photos that go through the network at once.
  package let size: Int

  /// Batches for an engine.
  ///
  /// - Parameter size: nil for 8, or fewer where they would take more than half a gigabyte.
  package init(
    for engine: Engine, preprocessing: Preprocessing, pool: ThreadPool, size: Int?
  ) {
    (self.preprocessing, self.pool) = (preprocessing, pool)
    let room = ((1 << 29) - pool.threads * engine.bytesPerImage) / Self.bytesPerPhoto(engine)
    self.size = size ?? max(1, min(8, room))
  }

  /// Bytes that a photo of a batch takes beside the network: it may wait as a tensor three times, and what comes out is there
  /// twice.
  private static func bytesPerPhoto(_ engine: Engine) -> Int {
    4 * (3 * engine.architecture.inputShape.count + 2 * engine.outputCount)
  }

  /// Checks that the machine has memory for a batch; nil is always fine.
  ///
  /// - Throws: ``FeaturesError/batch(_:needed:memory:)``.
  package static func check(
    _ batch: Int?, for engine: Engine, pool: ThreadPool
  ) throws(FeaturesError) {
    guard let batch else { return }
    // Every thread computes an image.
    let needed = pool.threads * engine.bytesPerImage + batch * bytesPerPhoto(engine)
    guard needed <= MachineMemory.bytes else {
      throw .batch(batch, needed: needed, memory: MachineMemory.bytes)
    }
  }

  /// Calls `report` with what `compute` makes of each photo, or why it cannot be read, in the order of the photos.
  ///
  /// - Parameters:
  ///   - decoded: Decodes a photo, on any thread.
  ///   - compute: Gets a batch of images, and gives a value for each, or why there is none.
  /// - Throws: What `report` throws; nothing is left running.
  package func forEach<Value>(
    count: Int, decoded: @escaping @Sendable (Int) throws -> PixelBuffer,
    compute: (Tensor) -> [Result<Value, any Error>],
    report: (Int, Result<Value, any Error>) throws -> Void
  ) throws -> PhotoTotals {
    let clock = ContinuousClock()
    let start = clock.now
    var totals = PhotoTotals()
    var prepared = Prefetcher(count: count, ahead: 2 * size + 2 * pool.threads, pool: pool) {
      [preprocessing] index in
      let begin = clock.now
      let tensor = Result<Tensor, any Error> { preprocessing.tensor(try decoded(index)) }
      return (tensor: tensor, time: clock.now - begin)
    }
    for first in stride(from: 0, to: count, by: size) {
      let batch = (first..<min(first + size, count)).compactMap { _ in prepared.next() }
      let tensors = batch.compactMap { try? $0.tensor.get() }
      var values: [Result<Value, any Error>] = []
      if !tensors.isEmpty {
        let begin = clock.now
        values = compute(Tensor.batch(tensors)).reversed()
        totals.network += clock.now - begin
      }
      for (offset, photo) in batch.enumerated() {
        totals.photos += 1
        totals.preparation += photo.time
        let outcome: Result<Value, any Error> =
          switch photo.tensor {
          case .success: values.removeLast()
          case .failure(let error): .failure(error)
          }
        if case .failure = outcome { totals.failures += 1 }
        try report(first + offset, outcome)
      }
    }
    totals.wall = clock.now - start
    return totals
  }
}

/// What it took to put photos through a network.
public struct PhotoTotals: Hashable, Sendable {
  /// Photos, and those of them that gave nothing.
  public var photos = 0, failures = 0
  /// Time in the network.
  public var network = Duration.zero
  /// Time to read and prepare photos, on all threads together.
  public var preparation = Duration.zero
  /// Time from the beginning to the end.
  public var wall = Duration.zero
}
