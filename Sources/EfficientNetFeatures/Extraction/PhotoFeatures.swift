internal import EfficientNet
package import EfficientNetCompute
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

  /// Features of photos by a network.
  public init(_ extractor: FeatureExtractor, decoding: DecodingOptions = .init(), batch: Int? = nil)
  {
    (self.extractor, self.decoding, self.batch) = (extractor, decoding, batch)
  }

  /// Calls `report` with the features of each photo, or an `ImageError` or `NetworkOverflow`, in the order of
  /// the photos.
  ///
  /// - Throws: What `report` throws; nothing is left running.
  @discardableResult
  public func forEach(
    _ photos: [FoundPhoto], _ report: (Int, Result<[Float], any Error>) throws -> Void
  ) throws -> PhotoTotals {
    try forEach(
      count: photos.count,
      decoded: { [decoding] index in try photos[index].decoded(decoding) },
      report)
  }

  /// Calls `report` with the features of each of `count` photos, as ``forEach(_:_:)``.
  ///
  /// - Parameter decoded: Decodes a photo, on any thread; ``decoding`` is not used.
  /// - Throws: What `report` throws; nothing is left running.
  @discardableResult
  package func forEach(
    count: Int, decoded: @escaping @Sendable (Int) throws -> PixelBuffer,
    _ report: (Int, Result<[Float], any Error>) throws -> Void
  ) throws -> PhotoTotals {
    let batches = PhotoBatches(
      for: extractor.engine, preprocessing: extractor.preprocessing, pool: extractor.pool,
      size: batch)
    var session = extractor.makeSession(maximumBatch: min(batches.size, max(count, 1)))
    return try batches.forEach(
      count: count, decoded: decoded,
      compute: { images in
        session.features(images).map {
          $0.allSatisfy(\.isFinite) ? .success($0) : .failure(NetworkOverflow())
        }
      }, report: report)
  }
}
