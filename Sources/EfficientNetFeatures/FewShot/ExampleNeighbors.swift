internal import EfficientNetSystem

/// Tells photos that are unlike every example.
///
/// The cosine of a photo and its nearest example is compared with those of the examples and their
/// nearest others: a photo is unlike the examples if its cosine is below 90 % of them. An example
/// that has a copy among the others does not count.
///
/// Source: Sun et al. 2022, [Out-of-distribution detection with deep nearest
/// neighbors](https://arxiv.org/abs/2204.06507), with k = 1.
struct ExampleNeighbors: Sendable {
  private let search: SimilaritySearch
  /// The cosine below which a photo is unlike the examples; nil if each example has a copy.
  let leastCosine: Float?
  /// The cosine of each example and its nearest other; nil if it has none.
  private let cosines: [Float?]

  /// The share of the examples that are below ``leastCosine``.
  private static let share = 0.1
  /// The number of examples that are searched for together.
  private static let batch = 1000

  /// The examples, each of length 1.
  var rows: FeatureMatrix { search.rows }

  /// Creates the neighbors of stored examples.
  init(_ rows: FeatureMatrix, leastCosine: Float?, pool: ThreadPool) {
    (search, self.leastCosine, cosines) = (SimilaritySearch(rows, pool: pool), leastCosine, [])
  }

  /// The number of searches for the nearest others of all examples.
  static func searches(for examples: LabelledFeatures) -> Int {
    (examples.rows.count + batch - 1) / batch
  }

  /// Compares all pairs of examples.
  ///
  /// - Parameter progress: Receives the number of finished searches of ``searches(for:)``.
  init(
    _ examples: LabelledFeatures, pool: ThreadPool, progress: (_ done: Int) -> Void = { _ in }
  ) {
    let search = SimilaritySearch(FeatureMatrix(examples.rows), pool: pool)
    let count = examples.rows.count
    let cosines = stride(from: 0, to: count, by: Self.batch).flatMap { first -> [Float?] in
      let rows = first..<min(first + Self.batch, count)
      defer { progress(first / Self.batch + 1) }
      return zip(rows, search.found(2, for: Array(examples.rows[rows])).matches)
        .map { row, matches in matches.first { $0.row != row }?.cosine }
    }
    let sorted = cosines.compactMap(\.self).filter { $0 < DuplicateGroups.standardThreshold }
      .sorted()
    leastCosine = sorted.isEmpty ? nil : sorted[Int(Self.share * Double(sorted.count))]
    (self.search, self.cosines) = (search, cosines)
  }

  /// Returns whether a photo is unlike every example. The length of the row does not matter.
  func isUnlike(_ row: [Float]) -> Bool {
    guard let leastCosine, let nearest = search.found(1, for: [row]).matches[0].first
    else { return false }
    return nearest.cosine < leastCosine
  }

  func isUnlike(example: Int) -> Bool {
    guard let leastCosine, let cosine = cosines[example] else { return false }
    return cosine < leastCosine
  }
}
