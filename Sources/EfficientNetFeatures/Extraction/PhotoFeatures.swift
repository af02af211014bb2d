internal import EfficientNet
internal import EfficientNetCompute
public import EfficientNetImages

/// Makes the features of many photos: they are decoded ahead on the pool's threads while the network runs, and come
/// out in order. A photo that cannot be read costs nobody else anything, and memory does not grow with their number.
///
///     let photos = PhotoFinder.photos(at: ["holiday/"])
///     try PhotoFeatures(extractor).forEach(photos) { index, features in
///       print(photos[index].path, try features.get().count)
///     }
public struct PhotoFeatures: Sendable {
  /// The network.
  public let extractor: FeatureExtractor
  /// How photos are decoded.
  public var decoding: DecodingOptions
  /// Photos that go through the network at once; nil for 8, or fewer where they would take more than half a gigabyte.
  public var batch: Int?

  /// What it took.
  public struct Totals: Hashable, Sendable {
    /// Photos, and those of them that gave no features.
    public var photos = 0, failures = 0
    /// Time in the network.
    public var network = Duration.zero
    /// Time to read and prepare photos, on all threads together.
    public var preparation = Duration.zero
    /// Time from the beginning to the end.
    public var wall = Duration.zero
  }

  /// A photo's tensor, or why there is none.
  private struct Prepared: Sendable {
    let tensor: Result<Tensor, ImageError>
    let time: Duration
  }

  /// Features of photos by a network.
  public init(_ extractor: FeatureExtractor, decoding: DecodingOptions = .init(), batch: Int? = nil)
  {
    (self.extractor, self.decoding, self.batch) = (extractor, decoding, batch)
  }

  /// The number of photos that go through the network at once.
  public var batchSize: Int {
    let engine = extractor.engine
    // Every thread computes an image, and each image of a batch may wait as a tensor three times.
    let lanes = extractor.pool.threads * engine.bytesPerImage
    let bytes = 3 * 4 * engine.architecture.inputShape.count
    return batch ?? max(1, min(8, ((1 << 29) - lanes) / bytes))
  }

  /// Calls `report` with the features of each photo, or an `ImageError` or ``FeaturesError/notFinite``, in the order of
  /// the photos.
  ///
  /// - Throws: What `report` throws; nothing is left running.
  @discardableResult
  public func forEach(
    _ photos: [FoundPhoto], _ report: (Int, Result<[Float], any Error>) throws -> Void
  ) throws -> Totals {
    let batch = batchSize
    let clock = ContinuousClock()
    let start = clock.now
    var totals = Totals()
    var prepared = prefetcher(photos, batch: batch)
    var session = extractor.makeSession(maximumBatch: min(batch, max(photos.count, 1)))
    for first in stride(from: 0, to: photos.count, by: batch) {
      let decoded = (first..<min(first + batch, photos.count)).compactMap { _ in prepared.next() }
      let tensors = decoded.compactMap { try? $0.tensor.get() }
      var rows: [[Float]] = []
      if !tensors.isEmpty {
        let begin = clock.now
        rows = session.features(Tensor.batch(tensors)).reversed()
        totals.network += clock.now - begin
      }
      for (offset, photo) in decoded.enumerated() {
        totals.photos += 1
        totals.preparation += photo.time
        let outcome: Result<[Float], any Error> =
          switch photo.tensor {
          case .success: Self.checked(rows.removeLast())
          case .failure(let error): .failure(error)
          }
        if case .failure = outcome { totals.failures += 1 }
        try report(first + offset, outcome)
      }
    }
    totals.wall = clock.now - start
    return totals
  }

  /// The features, unless the network overflowed.
  private static func checked(_ row: [Float]) -> Result<[Float], any Error> {
    row.allSatisfy(\.isFinite) ? .success(row) : .failure(FeaturesError.notFinite)
  }

  private func prefetcher(_ photos: [FoundPhoto], batch: Int) -> Prefetcher<Prepared> {
    let preprocessing = extractor.preprocessing
    let clock = ContinuousClock()
    return Prefetcher(
      count: photos.count, ahead: 2 * batch + 2 * extractor.pool.threads, pool: extractor.pool
    ) { [decoding] index in
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
