public import EfficientNet
internal import EfficientNetCompute
public import EfficientNetImages

extension Classifier {
  /// Classifies many photos and reports their predictions in order.
  ///
  /// The pool's threads decode photos ahead while the network runs. An unreadable photo does not
  /// stop the others, and memory does not grow with the number of photos.
  ///
  ///     try classifier.forEach(PhotoFinder.photos(at: ["holiday/"])) { index, classes in
  ///       print(index, try classes.get()[0].label)
  ///     }
  ///
  /// - Parameters:
  ///   - photos: The photos.
  ///   - top: The number of predictions per photo.
  ///   - decoding: Options for decoding.
  ///   - batch: The number of photos in one run of the network; nil for 8, or fewer if 8 would take
  ///     more than half a gigabyte.
  ///   - report: Receives the index of a photo and its predictions, the most probable first, or an
  ///     `ImageError` or `NetworkOverflow`.
  /// - Returns: The number of photos and the times.
  /// - Throws: ``FeaturesError/batch(_:needed:memory:)``, and what `report` throws, after all work
  ///   has stopped.
  @discardableResult
  public func forEach(
    _ photos: [FoundPhoto], top: Int = 5, decoding: DecodingOptions = .init(), batch: Int? = nil,
    _ report: (Int, Result<[Prediction], any Error>) throws -> Void
  ) throws -> PhotoTotals {
    let batch = batch.map { min($0, max(photos.count, 1)) }
    try PhotoBatches.check(batch, for: engine, pool: pool)
    let batches = PhotoBatches(for: engine, pool: pool, size: batch)
    var session = engine.makeSession(pool: pool, maximumBatch: batches.size)
    return try batches.forEach(
      count: photos.count,
      prepared: { [preprocessing = description.preprocessing] index in
        preprocessing.tensor(try photos[index].decoded(decoding))
      },
      compute: { images in
        predictions(session.run(Tensor.batch(images)), top: top)
          .map { $0.mapError { $0 as any Error } }
      }, report: report)
  }
}
