internal import EfficientNet
internal import EfficientNetCompute
package import EfficientNetImages

/// The features of photos in memory, computed or kept by an earlier run.
package struct PhotoTable: Sendable {
  /// The rows of the readable photos, named by their paths.
  package let table: FeatureTable
  /// The rows of the same photos at the smaller resolution, if there is one.
  package let small: FeatureMatrix?
  /// The number of photos whose rows were computed, and of those whose rows were kept.
  package let computed, reused: Int

  /// Computes the rows of photos that have none yet.
  ///
  /// - Parameters:
  ///   - source: The origin of the photos, for messages.
  ///   - features: The extractor and its options.
  ///   - kept: Rows of earlier runs, which also takes the new ones; nil for none.
  ///   - report: Receives the number of finished photos, the number of photos without a row, the
  ///     photo, and the error if it has none.
  /// - Throws: What `report` throws, after all work has stopped. Finished rows are kept.
  package init(
    of photos: [FoundPhoto], source: String, by features: PhotoFeatures,
    kept: KeptFeatures? = nil,
    _ report: (_ done: Int, _ total: Int, FoundPhoto, Result<Void, any Error>) throws -> Void
  ) throws {
    let identities = photos.map(KeptFeatures.identity)
    var full = RowList(count: photos.count, dimensions: features.extractor.dimensions)
    var small = features.smaller.map { RowList(count: photos.count, dimensions: $0.dimensions) }
    func put(_ rows: PhotoFeatures.Rows, at index: Int) {
      full.put(rows.row, at: index)
      if let row = rows.small { small?.put(row, at: index) }
    }
    var missing: [Int] = []
    for (index, identity) in identities.enumerated() {
      if let rows = kept?.rows(of: identity) { put(rows, at: index) } else { missing.append(index) }
    }
    let indices = missing
    try features.forEachRows(
      count: indices.count,
      decoded: { [decoding = features.decoding] number in
        try photos[indices[number]].decoded(decoding)
      }
    ) { number, result in
      if case .success(let rows) = result {
        put(rows, at: indices[number])
        kept?.keep(rows, of: identities[indices[number]])
      }
      try report(number + 1, indices.count, photos[indices[number]], result.map { _ in })
    }
    kept?.removeOthers(than: Set(identities))
    let names = photos.indices.filter(full.isFilled).map { photos[$0].path }
    table = FeatureTable(
      source: source, description: features.extractor.description, names: names,
      rows: full.matrix)
    self.small = small?.matrix
    reused = photos.count - missing.count
    computed = names.count - reused
  }
}

/// Rows that are filled in any order.
private struct RowList {
  private let dimensions: Int
  private var elements: [Float]
  private var filled: [Bool]

  init(count: Int, dimensions: Int) {
    self.dimensions = dimensions
    elements = Array(repeating: 0, count: count * dimensions)
    filled = Array(repeating: false, count: count)
  }

  func isFilled(_ index: Int) -> Bool { filled[index] }

  mutating func put(_ row: [Float], at index: Int) {
    precondition(row.count == dimensions, "a row of \(row.count) numbers, not \(dimensions)")
    elements.replaceSubrange(index * dimensions..<(index + 1) * dimensions, with: row)
    filled[index] = true
  }

  var matrix: FeatureMatrix {
    let rows = filled.indices.filter(isFilled)
    return FeatureMatrix(
      dimensions: dimensions,
      elements: rows.count == filled.count
        ? elements
        : rows.flatMap { elements[$0 * dimensions..<($0 + 1) * dimensions] })
  }
}
