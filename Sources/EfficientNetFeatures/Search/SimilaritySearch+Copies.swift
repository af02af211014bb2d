internal import EfficientNetCompute

extension SimilaritySearch {
  /// Returns the rows of photos that are near-duplicates of a photo, best first, without blocking
  /// the calling thread.
  ///
  /// As in ``DuplicateGroups``, photos are compared at two resolutions, since a small copy looks
  /// like its photo only if both are shrunk. A row is returned if either cosine reaches the
  /// threshold, with the larger one.
  ///
  ///     let copies = try await search.copies(of: features, small: smallFeatures, in: smallSearch)
  ///     print(copies.map { table.names[$0.row] })
  ///
  /// - Parameters:
  ///   - query: The features of the photo.
  ///   - small: Its features at ``DuplicateGroups/smallResolution``.
  ///   - smallSearch: A search in rows of the same photos at that resolution.
  ///   - threshold: The smallest cosine of near-duplicates, from −1 to 1.
  ///   - limit: The largest number of rows to return.
  /// - Precondition: The rows of `smallSearch` are as many as those of this search.
  /// - Throws: ``FeaturesError/threshold(_:)``, and the errors of the asynchronous `best`.
  public func copies(
    of query: [Float], small: [Float], in smallSearch: SimilaritySearch,
    threshold: Float = DuplicateGroups.standardThreshold, limit: Int = 10
  ) async throws -> [Match] {
    guard -1...1 ~= threshold else { throw FeaturesError.threshold(threshold) }
    let others = smallSearch.rows.count
    require(
      others == rows.count,
      "smallSearch has \(others) rows; it must have \(rows.count), as this one")
    let found = try await best(limit, for: query) + smallSearch.best(limit, for: small)
    let cosines = found.filter { $0.cosine >= threshold }.map { ($0.row, $0.cosine) }
    let copies = Dictionary(cosines, uniquingKeysWith: max).map { Match(row: $0, cosine: $1) }
    return Array(copies.sorted { $0.isBetter(than: $1) }.prefix(max(limit, 0)))
  }
}
