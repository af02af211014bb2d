internal import EfficientNetSystem

/// Tells photos that are unlike every example.
///
/// The cosine of a photo and its nearest example is compared with those of the examples and their
/// nearest others: a photo is unlike the examples if its cosine is below 95 % of them. An example
/// that has a copy among the others does not count.
///
/// Source: Sun et al. 2022, [Out-of-distribution detection with deep nearest
/// neighbors](https://arxiv.org/abs/2204.06507), with k = 1.
struct ExampleNeighbors: Sendable {
  private let search: SimilaritySearch
  /// The cosine below which a photo is unlike the examples; nil if each example has a copy.
  private let leastCosine: Float?

  /// The share of the examples that are below ``leastCosine``.
  private static let share = 0.05
  /// The largest number of examples that are left out: more hardly change the result.
  private static let mostLeftOut = 2000

  init(_ examples: LabelledFeatures, pool: ThreadPool) {
    search = SimilaritySearch(FeatureMatrix(examples.rows), pool: pool)
    let step = examples.rows.count / Self.mostLeftOut + 1
    let chosen = Array(stride(from: 0, to: examples.rows.count, by: step))
    let found = search.found(2, for: chosen.map { examples.rows[$0] }).matches
    let cosines = zip(chosen, found).compactMap { row, matches in
      matches.first { $0.row != row }?.cosine
    }.filter { $0 < DuplicateGroups.standardThreshold }.sorted()
    leastCosine = cosines.isEmpty ? nil : cosines[Int(Self.share * Double(cosines.count))]
  }

  /// Returns whether a photo is unlike every example. The length of the row does not matter.
  func isUnlike(_ row: [Float]) -> Bool {
    guard let leastCosine, let nearest = search.found(1, for: [row]).matches[0].first
    else { return false }
    return nearest.cosine < leastCosine
  }
}
