internal import EfficientNetCompute
public import EfficientNetSystem

/// Groups of rows that are nearly the same.
///
/// Two rows are in one group if their cosine is at least a threshold, or if a chain of such pairs
/// connects them.
///
///     let groups = try DuplicateGroups(of: table.rows, threshold: 0.85, pool: pool)
///     for group in groups.groups { print(group.map { table.names[$0.row] }) }
///
/// All n² / 2 pairs are compared, in blocks; memory does not grow with the number of pairs. The
/// result does not depend on the number of threads.
public struct DuplicateGroups: Sendable {
  /// A row of a group.
  public struct Member: Hashable, Sendable {
    /// The index of the row.
    public let row: Int
    /// The cosine with the first row of the group; with rows at two resolutions the larger one.
    public let cosine: Float
    /// The row that connects this one with the first row, if their own cosine is below the
    /// threshold; otherwise nil.
    public let via: Int?
  }

  /// The groups of two or more rows, sorted by their smallest row.
  public let groups: [[Member]]
  /// The number of rows that were compared: those of finite numbers that are not all zero.
  public let compared: Int

  /// The default threshold for pooled features.
  ///
  /// It is measured with Lite0 on 500 ImageNet photos of different classes, at 224 and
  /// ``smallResolution`` pixels. Of 1,500 near-duplicates (JPEG of quality 50, half the size, 2.5 %
  /// cropped on every side), all have at least this cosine with their photo at one of the two
  /// resolutions. No pair of different photos has, in 31,936,000 pairs of the photos and their
  /// copies; the largest cosine is 0.82. Different photos of one scene may have a larger one.
  public static let standardThreshold: Float = 0.85

  /// The resolution for the second rows of photos, in pixels.
  ///
  /// A small or strongly compressed copy looks different to a network at its own resolution, but
  /// nearly the same when both photos are shrunk. Lite0 finds 95 % of 500 copies of a quarter of the
  /// side (about 94 pixels) with these rows, and 7 % without.
  public static let smallResolution = 64

  /// The number of rows that are compared with all others at a time.
  private static let queryRows = 64

  /// Compares all rows.
  ///
  /// The call computes on the calling thread and those of the pool, and returns when it has
  /// finished. Its time grows with the square of the number of rows: 20,000 rows of 1,280 numbers
  /// take 4 s (two cores of a Zen 4). Do not call it in a task of a server, which it would block:
  /// use a thread of your own.
  ///
  /// - Parameters:
  ///   - rows: The rows.
  ///   - small: Rows of the same photos at a smaller resolution, such as ``smallResolution``; nil
  ///     for none. Two photos are duplicates if the cosine of either rows reaches the threshold.
  ///   - threshold: The smallest cosine of duplicates, from −1 to 1, such as ``standardThreshold``.
  ///   - ordered: Orders the rows of a group; the first is the one that its members are compared
  ///     with, and the photo to keep if you delete the others. By default, rows are in ascending
  ///     order.
  ///   - pool: The threads to compute on.
  ///   - progress: Receives the number of compared pairs and their total, on any thread, one call
  ///     at a time.
  /// - Precondition: `small` has as many rows as `rows`.
  /// - Throws: ``FeaturesError/threshold(_:)`` if the threshold is NaN, below −1 or above 1;
  ///   ``FeaturesError/changed(path:)`` if another program has written into the file of the rows.
  public init(
    of rows: FeatureMatrix, small: FeatureMatrix? = nil, threshold: Float,
    ordered: ([Int]) -> [Int] = { $0 }, pool: ThreadPool,
    progress: @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws(FeaturesError) {
    guard -1...1 ~= threshold else { throw .threshold(threshold) }
    require(
      small == nil || small?.count == rows.count,
      "small has \(small?.count ?? 0) rows; it must have as many as the first, \(rows.count)")
    let matrices = [rows] + [small].compactMap(\.self)
    let state = Locked((sets: DisjointSets(count: rows.count), compared: 0, done: 0))
    let queryBlocks = (rows.count + Self.queryRows - 1) / Self.queryRows
    // Rows before a block of queries have been compared with it already.
    let pairs = (0..<queryBlocks).reduce(0) { sum, block in
      let left = rows.count - block * Self.queryRows
      return sum + min(Self.queryRows, left) * left
    }
    let total = matrices.count * pairs
    progress(0, total)
    for (number, matrix) in matrices.enumerated() {
      let blocks = CosineBlocks(matrix, kernels: .preferred)
      pool.forEach(count: queryBlocks) { block in
        let first = block * Self.queryRows
        let queries = (first..<min(first + Self.queryRows, rows.count)).map { matrix[$0] }
        if number == 0 {
          let count = queries.count { row in
            row.allSatisfy(\.isFinite) && row.contains { $0 != 0 }
          }
          state.withLock { $0.compared += count }
        }
        // A nested call uses the current thread only. With a single block of queries, the outer loop is
        // not parallel, so this inner call uses the whole pool.
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
    }
    compared = state.withLock { $0.compared }
    let links = DuplicateLinks(matrices, threshold: threshold)
    groups = state.withLock { $0.sets.groups }.map { links.members(of: ordered($0)) }
    for matrix in matrices { try matrix.checkUnchanged() }
  }
}
