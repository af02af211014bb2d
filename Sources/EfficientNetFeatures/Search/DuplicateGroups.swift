internal import EfficientNetCompute
public import EfficientNetSystem

/// Groups of rows that are nearly the same.
///
/// Two rows are in one group if their cosine is at least a threshold, or if a chain of such pairs
/// connects them.
///
///     let groups = DuplicateGroups(of: table.rows, threshold: 0.85, pool: pool)
///     for group in groups.groups { print(group.map { table.names[$0.row] }) }
///
/// All n² / 2 pairs are compared, in blocks; memory does not grow with the number of pairs. The
/// result does not depend on the number of threads.
public struct DuplicateGroups: Sendable {
  /// A row of a group, and its cosine with the first row of the group.
  public typealias Member = SimilaritySearch.Match

  /// The groups of two or more rows, sorted by their first row.
  public let groups: [[Member]]
  /// The number of rows that were compared: those of finite numbers that are not all zero.
  public let compared: Int

  /// The default threshold for pooled features.
  ///
  /// It is measured with Lite0 on 500 ImageNet photos of different classes. Of 1,500
  /// near-duplicates (JPEG of quality 50, half the size, 2.5 % cropped on every side), 98.1 % have
  /// at least this cosine with their photo. None of the 124,750 pairs of different photos has;
  /// their largest cosine is 0.75. Different photos of one scene may have a larger one.
  public static let standardThreshold: Float = 0.85

  /// The number of rows that are compared with all others at a time.
  private static let queryRows = 64

  /// Compares all rows.
  ///
  /// - Parameters:
  ///   - rows: The rows.
  ///   - threshold: The smallest cosine of duplicates, from −1 to 1.
  ///   - pool: The threads to compute on.
  ///   - progress: Receives the number of compared pairs and their total, on any thread, one call
  ///     at a time.
  public init(
    of rows: FeatureMatrix, threshold: Float, pool: ThreadPool,
    progress: @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) {
    let blocks = CosineBlocks(rows, kernels: .preferred)
    let state = Locked((sets: DisjointSets(count: rows.count), compared: 0, done: 0))
    let queryBlocks = (rows.count + Self.queryRows - 1) / Self.queryRows
    // Rows before a block of queries have been compared with it already.
    let total = (0..<queryBlocks).reduce(0) { sum, block in
      let left = rows.count - block * Self.queryRows
      return sum + min(Self.queryRows, left) * left
    }
    progress(0, total)
    pool.forEach(count: queryBlocks) { block in
      let first = block * Self.queryRows
      let queries = (first..<min(first + Self.queryRows, rows.count)).map { rows[$0] }
      let count = queries.count { row in row.allSatisfy(\.isFinite) && row.contains { $0 != 0 } }
      state.withLock { $0.compared += count }
      // A nested call uses the current thread only. With a single block of queries, the outer call
      // is not parallel, and this one uses the whole pool.
      blocks.forEach(from: first, queries: queries, pool: pool) { block, _ in
        let (start, cosines) = (block.first, block.cosines)
        let count = cosines.count / queries.count
        var pairs: [(Int, Int)] = []
        for query in queries.indices {
          for place in 0..<count where start + place > first + query {
            if cosines[query * count + place] >= threshold {
              pairs.append((first + query, start + place))
            }
          }
        }
        state.withLock { state in
          for (a, b) in pairs { state.sets.join(a, b) }
          state.done += cosines.count
          progress(state.done, total)
        }
      }
    }
    compared = state.withLock { $0.compared }
    groups = state.withLock { $0.sets.groups }.map { group in
      let direction = rows[group[0]].normalized
      return group.map { row in
        let cosine = row == group[0] ? 1 : blocks.cosines(of: row..<(row + 1), direction)[0]
        return Member(row: row, cosine: cosine)
      }
    }
  }
}
