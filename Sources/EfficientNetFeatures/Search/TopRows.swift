/// The best rows of a search so far.
///
/// The final rows do not depend on the order in which they are offered.
struct TopRows: Sendable {
  let limit: Int
  /// The best rows, and up to `limit` others.
  private(set) var rows: [SimilaritySearch.Match] = []
  /// The row that new rows must beat.
  private(set) var worst: SimilaritySearch.Match?

  init(limit: Int) { self.limit = limit }

  /// Adds a row if it may be among the best.
  mutating func offer(_ match: SimilaritySearch.Match) {
    if let worst, !match.isBetter(than: worst) { return }
    rows.append(match)
    // Dropping many rows at a time makes sorting cheap.
    guard rows.count - limit >= limit else { return }
    rows = sorted
    worst = rows.last
  }

  /// The best rows, best first.
  var sorted: [SimilaritySearch.Match] {
    Array(rows.sorted { $0.isBetter(than: $1) }.prefix(limit))
  }
}

extension SimilaritySearch.Match {
  /// Whether this match ranks before another one: by cosine, then by row.
  func isBetter(than other: Self) -> Bool {
    cosine != other.cosine ? cosine > other.cosine : row < other.row
  }
}
