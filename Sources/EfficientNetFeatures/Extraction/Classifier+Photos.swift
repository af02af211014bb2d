public import EfficientNet
internal import EfficientNetCompute
public import EfficientNetImages

extension Classifier {
  /// Classifies many photos: they are decoded ahead on the pool's threads while the network runs. `report` gets the most
  /// probable classes of each photo, best first, or an `ImageError` or `NetworkOverflow`, in the order of the photos.
  ///
  ///     try classifier.forEach(PhotoFinder.photos(at: ["holiday/"])) { index, classes in
  ///       print(index, try classes.get()[0].label)
  ///     }
  ///
  /// - Parameters:
  ///   - top: How many classes.
  ///   - decoding: How photos are decoded.
  ///   - batch: Photos that go through the network at once; nil for 8, or fewer where they would take more than half a
  ///     gigabyte.
  /// - Throws: ``FeaturesError/batch(_:needed:memory:)``, and what `report` throws; nothing is left running.
  @discardableResult
  public func forEach(
    _ photos: [FoundPhoto], top: Int = 5, decoding: DecodingOptions = .init(), batch: Int? = nil,
    _ report: (Int, Result<[Prediction], any Error>) throws -> Void
  ) throws -> PhotoTotals {
    let batch = batch.map { min($0, max(photos.count, 1)) }
    try PhotoBatches.check(batch, for: engine, pool: pool)
    let batches = PhotoBatches(
      for: engine, preprocessing: description.preprocessing, pool: pool, size: batch)
    var session = engine.makeSession(pool: pool, maximumBatch: batches.size)
    return try batches.forEach(
      count: photos.count, decoded: { index in try photos[index].decoded(decoding) },
      compute: { images in
        predictions(session.run(images), top: top).map { $0.mapError { $0 as any Error } }
      }, report: report)
  }
}
