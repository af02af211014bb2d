public import EfficientNetCompute

/// The rows of a matrix that point most nearly in the direction of a query: an exact search, in which every row is
/// compared.
///
///     let search = SimilaritySearch(table.rows, pool: ThreadPool())
///     for match in search.best(10, for: try extractor.features(of: photo)) {
///       print(table.names[match.row], match.cosine)
///     }
///
/// The rows are read once, by all threads, for any number of queries. The result is the same, bit for bit, for any
/// number of threads and any instruction set.
public struct SimilaritySearch: Sendable {
  /// A row and how similar it is.
  public struct Match: Hashable, Sendable {
    /// The number of the row.
    public let row: Int
    /// The cosine of the angle between row and query, in −1…1.
    public let cosine: Float
  }

  /// What a search for several queries found.
  public struct Results: Hashable, Sendable {
    /// The rows most similar to each query, best first.
    public let matches: [[Match]]
    /// Rows that were passed over, since they have a number that is not finite.
    public let notFinite: Int
  }

  /// What is searched.
  public let rows: FeatureMatrix
  private let pool: ThreadPool
  private let kernels: Kernels

  /// A search in some rows.
  public init(_ rows: FeatureMatrix, pool: ThreadPool) {
    self.init(rows, pool: pool, kernels: .preferred)
  }

  init(_ rows: FeatureMatrix, pool: ThreadPool, kernels: Kernels) {
    (self.rows, self.pool, self.kernels) = (rows, pool, kernels)
  }

  /// The rows most similar to a query, best first; of equally similar ones the first.
  ///
  /// - Shapes: query (dimensions), of any length.
  /// - Returns: `limit` rows, or all that can be compared: a row that has a number that is not finite cannot. A row of
  ///   zeros has the cosine 0.
  public func best(_ limit: Int, for query: [Float]) -> [Match] {
    results(limit, for: [query]).matches[0]
  }

  /// The rows most similar to each of several queries as ``best(_:for:)`` gives them, in one pass over the rows, and how many
  /// could not be compared.
  ///
  /// - Precondition: queries have ``FeatureMatrix/dimensions`` numbers.
  public func results(_ limit: Int, for queries: [[Float]]) -> Results {
    for query in queries {
      precondition(
        query.count == rows.dimensions, "a query of \(query.count) for rows of \(rows.dimensions)")
    }
    let states = (0..<pool.threads).map { _ in
      Locked(queries.map { _ in TopRows(limit: max(limit, 0)) })
    }
    let notFinite = Locked(0)
    if limit > 0, !queries.isEmpty {
      CosineBlocks(rows, kernels: kernels).forEach(queries: queries, pool: pool) {
        block, thread in
        notFinite.withLock { $0 += block.notFinite }
        states[thread].withLock { best in
          let count = block.cosines.count / queries.count
          for query in queries.indices {
            for place in 0..<count {
              let cosine = block.cosines[query * count + place]
              if cosine.isNaN { continue }
              if let worst = best[query].worst, cosine < worst.cosine { continue }
              best[query].offer(Match(row: block.first + place, cosine: cosine))
            }
          }
        }
      }
    }
    let matches = queries.indices.map { query in
      var all = TopRows(limit: max(limit, 0))
      for state in states {
        for match in state.withLock({ $0[query].rows }) { all.offer(match) }
      }
      return all.sorted
    }
    return Results(matches: matches, notFinite: notFinite.withLock { $0 })
  }
}
