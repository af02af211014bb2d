package import EfficientNet
package import EfficientNetCompute
package import EfficientNetImages

/// Puts many photos through a network: they are decoded ahead on the pool's threads while it runs, and come out in order. A
/// photo that cannot be read costs nobody else anything, and memory does not grow with their number.
package struct PhotoBatches: Sendable {
  /// What happens to a photo before the network sees it.
  private let preprocessing: Preprocessing
  /// How photos are decoded.
  private let decoding: DecodingOptions
  private let pool: ThreadPool
  /// The number of photos that go through the network at once.
  package let size: Int

  /// A photo's tensor, or why there is none.
  private struct Prepared: Sendable {
    let tensor: Result<Tensor, ImageError>
    let time: Duration
  }

  /// Batches for an engine.
  ///
  /// - Parameter size: nil for 8, or fewer where they would take more than half a gigabyte.
  package init(
    for engine: Engine, preprocessing: Preprocessing, decoding: DecodingOptions, pool: ThreadPool,
    size: Int?
  ) {
    (self.preprocessing, self.decoding, self.pool) = (preprocessing, decoding, pool)
    let room = ((1 << 29) - pool.threads * engine.bytesPerImage) / Self.bytesPerPhoto(engine)
    self.size = size ?? max(1, min(8, room))
  }

  /// Bytes that a photo of a batch takes beside the network: it may wait as a tensor three times, and what comes out is there
  /// twice.
  package static func bytesPerPhoto(_ engine: Engine) -> Int {
    4 * (3 * engine.architecture.inputShape.count + 2 * engine.outputCount)
  }

  /// Calls `report` with what `compute` makes of each photo, or why it cannot be read, in the order of the photos.
  ///
  /// - Parameter compute: Gets a batch of images, and gives a value for each, or why there is none.
  /// - Throws: What `report` throws; nothing is left running.
  package func forEach<Value>(
    _ photos: [FoundPhoto], compute: (Tensor) -> [Result<Value, any Error>],
    report: (Int, Result<Value, any Error>) throws -> Void
  ) throws -> PhotoTotals {
    let clock = ContinuousClock()
    let start = clock.now
    var totals = PhotoTotals()
    var prepared = prefetcher(photos)
    for first in stride(from: 0, to: photos.count, by: size) {
      let decoded = (first..<min(first + size, photos.count)).compactMap { _ in prepared.next() }
      let tensors = decoded.compactMap { try? $0.tensor.get() }
      var values: [Result<Value, any Error>] = []
      if !tensors.isEmpty {
        let begin = clock.now
        values = compute(Tensor.batch(tensors)).reversed()
        totals.network += clock.now - begin
      }
      for (offset, photo) in decoded.enumerated() {
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

  private func prefetcher(_ photos: [FoundPhoto]) -> Prefetcher<Prepared> {
    let clock = ContinuousClock()
    return Prefetcher(count: photos.count, ahead: 2 * size + 2 * pool.threads, pool: pool) {
      [preprocessing, decoding] index in
      let begin = clock.now
      let tensor: Result<Tensor, ImageError>
      do throws(ImageError) {
        if let problem = photos[index].problem { throw problem }
        let photo = try PixelBuffer(contentsOf: photos[index].path, options: decoding)
        tensor = .success(preprocessing.tensor(photo))
      } catch {
        tensor = .failure(error)
      }
      return Prepared(tensor: tensor, time: clock.now - begin)
    }
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
