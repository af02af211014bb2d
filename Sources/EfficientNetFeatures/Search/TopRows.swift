/// The best rows of a search so far.
///
/// Which rows it ends with does not depend on the order in which they are offered.
struct TopRows: Sendable {
  let limit: Int
  /// The best, and fewer others than that.
  private(set) var rows: [SimilaritySearch.Match] = []
  /// What a row has to beat.
  private(set) var worst: SimilaritySearch.Match?

  init(limit: Int) { self.limit = limit }

  /// Takes a row if it may be among the best.
  mutating func offer(_ match: SimilaritySearch.Match) {
    if let worst, !match.isBetter(than: worst) { return }
    rows.append(match)
    // Others are dropped many at a time: to sort costs little for each.
    guard rows.count - limit >= limit else { return }
    rows = sorted
    worst = rows.last
  }

  /// The rows, best first.
  var sorted: [SimilaritySearch.Match] {
    Array(rows.sorted { $0.isBetter(than: $1) }.prefix(limit))
  }
}

extension SimilaritySearch.Match {
  /// Whether it comes before another one: by its cosine, and then by its row.
  func isBetter(than other: Self) -> Bool {
    cosine != other.cosine ? cosine > other.cosine : row < other.row
  }
}
