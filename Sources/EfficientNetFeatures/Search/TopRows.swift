/// The best rows of a search so far: a heap with the worst of them on top.
///
/// Which rows it ends with does not depend on the order in which they are offered.
struct TopRows: Sendable {
  let limit: Int
  private(set) var heap: [SimilaritySearch.Match] = []

  init(limit: Int) { self.limit = limit }

  /// What a row has to beat.
  var worst: SimilaritySearch.Match? { heap.count < limit ? nil : heap.first }

  /// Takes a row if it is among the best.
  mutating func offer(_ match: SimilaritySearch.Match) {
    if heap.count < limit {
      heap.append(match)
      rise()
    } else if let worst = heap.first, match.isBetter(than: worst) {
      heap[0] = match
      sink()
    }
  }

  /// The rows, best first.
  var sorted: [SimilaritySearch.Match] { heap.sorted { $0.isBetter(than: $1) } }

  private mutating func rise() {
    var child = heap.count - 1
    while child > 0, heap[(child - 1) / 2].isBetter(than: heap[child]) {
      heap.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  private mutating func sink() {
    var parent = 0
    while true {
      var worst = parent
      for child in [2 * parent + 1, 2 * parent + 2]
      where child < heap.count && heap[worst].isBetter(than: heap[child]) {
        worst = child
      }
      if worst == parent { return }
      heap.swapAt(parent, worst)
      parent = worst
    }
  }
}

extension SimilaritySearch.Match {
  /// Whether it comes before another one: by its cosine, and then by its row.
  func isBetter(than other: Self) -> Bool {
    cosine != other.cosine ? cosine > other.cosine : row < other.row
  }
}
