internal import EfficientNet
package import EfficientNetCompute
public import EfficientNetImages

/// Computes the features of many photos, in order.
///
/// The pool's threads decode photos ahead while the network runs. An unreadable photo does not stop
/// the others, and memory does not grow with the number of photos.
///
///     let photos = PhotoFinder.photos(at: ["holiday/"])
///     try PhotoFeatures(extractor).forEach(photos) { index, features in
///       print(photos[index].path, try features.get().count)
///     }
public struct PhotoFeatures: Sendable {
  /// The extractor.
  public let extractor: FeatureExtractor
  /// Options for decoding.
  public var decoding: DecodingOptions
  /// The number of photos in one run of the network; nil for 8, or fewer if 8 would take more than
  /// half a gigabyte.
  public var batch: Int?
  /// Computes a second row of each photo, at a smaller resolution; nil for one row.
  package var smaller: FeatureExtractor?

  package struct Rows: Sendable {
    /// The row of ``PhotoFeatures/extractor``.
    package let row: [Float]
    /// The row of ``PhotoFeatures/smaller``, if there is one.
    package let small: [Float]?
  }

  var decodingText: String { "orientation \(decoding.appliesOrientation)" }

  /// Creates features of photos.
  ///
  /// - Parameters:
  ///   - extractor: The extractor.
  ///   - decoding: Options for decoding.
  ///   - batch: The number of photos in one run of the network; nil for 8, or fewer if 8 would take
  ///     more than half a gigabyte.
  public init(_ extractor: FeatureExtractor, decoding: DecodingOptions = .init(), batch: Int? = nil)
  {
    (self.extractor, self.decoding, self.batch) = (extractor, decoding, batch)
  }

  /// Calls `report` with the features of each photo, in the order of the photos.
  ///
  /// - Parameters:
  ///   - photos: The photos.
  ///   - report: Receives the index of a photo and its features, or an `ImageError` or
  ///     `NetworkOverflow`.
  /// - Returns: The number of photos and the times.
  /// - Throws: What `report` throws, after all work has stopped.
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
  /// - Parameters:
  ///   - count: The number of photos.
  ///   - decoded: Decodes the photo of an index, on any thread; ``decoding`` is ignored.
  ///   - report: Receives the index of a photo and its features or its error.
  /// - Throws: What `report` throws, after all work has stopped.
  @discardableResult
  package func forEach(
    count: Int, decoded: @escaping @Sendable (Int) throws -> PixelBuffer,
    _ report: (Int, Result<[Float], any Error>) throws -> Void
  ) throws -> PhotoTotals {
    var single = self
    single.smaller = nil
    return try single.forEachRows(count: count, decoded: decoded) { index, result in
      try report(index, result.map(\.row))
    }
  }

  /// Calls `report` with the rows of each of `count` photos, as ``forEach(count:decoded:_:)``. Each
  /// photo is decoded once.
  @discardableResult
  package func forEachRows(
    count: Int, decoded: @escaping @Sendable (Int) throws -> PixelBuffer,
    _ report: (Int, Result<Rows, any Error>) throws -> Void
  ) throws -> PhotoTotals {
    let batches = PhotoBatches(for: extractor.engine, pool: extractor.pool, size: batch)
    let most = min(batches.size, max(count, 1))
    var session = extractor.makeSession(maximumBatch: most)
    var small = smaller?.makeSession(maximumBatch: most)
    return try batches.forEach(
      count: count,
      prepared: { [first = extractor.preprocessing, second = smaller?.preprocessing] index in
        let photo = try decoded(index)
        return (image: first.tensor(photo), small: second?.tensor(photo))
      },
      compute: { [precision = extractor.description.precision] images in
        let rows = session.features(Tensor.batch(images.map(\.image)))
        let smallRows = small?.features(Tensor.batch(images.compactMap(\.small)))
        return rows.indices.map { index in
          let rows = Rows(row: rows[index], small: smallRows?[index])
          let isFinite = (rows.row + (rows.small ?? [])).allSatisfy(\.isFinite)
          return isFinite ? .success(rows) : .failure(NetworkOverflow(precision))
        }
      }, report: report)
  }
}
