/// The numbers of cosines in steps of 0.01, for each of several queries.
///
/// They do not depend on the order in which cosines are counted.
struct CosineHistograms: Sendable {
  /// The number of steps in a unit: 0.01.
  private static let steps = 100
  private static let bins = 2 * steps + 1
  private let queries: Int
  /// (queries, bins)
  private var counts: [UInt32]

  init(queries: Int) {
    self.queries = queries
    counts = Array(repeating: 0, count: queries * Self.bins)
  }

  /// Counts the cosines of rows with the queries, without NaN.
  ///
  /// - Parameter cosines: (queries, rows).
  mutating func count(_ cosines: [Float]) {
    let rows = cosines.count / queries
    for query in 0..<queries {
      for cosine in cosines[query * rows..<(query + 1) * rows] where !cosine.isNaN {
        let step = Int((Float(Self.steps) * cosine).rounded(.up))
        counts[query * Self.bins + Self.steps + step] += 1
      }
    }
  }

  /// Adds the numbers of other rows with the same queries.
  mutating func add(_ other: CosineHistograms) {
    for index in counts.indices { counts[index] += other.counts[index] }
  }

  /// For each query, the median of its cosines, rounded up to a step; nil without cosines.
  var medians: [Double?] {
    (0..<queries).map { query in
      let counts = counts[query * Self.bins..<(query + 1) * Self.bins]
      let total = counts.reduce(0) { $0 + Int($1) }
      guard total > 0 else { return nil }
      var below = 0
      for (bin, count) in counts.enumerated() {
        below += Int(count)
        if 2 * below >= total { return Double(bin - Self.steps) / Double(Self.steps) }
      }
      return 1
    }
  }
}
