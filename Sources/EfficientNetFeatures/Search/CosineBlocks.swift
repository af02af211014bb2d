internal import EfficientNetCompute

/// Computes cosines of rows with queries, block by block.
struct CosineBlocks: Sendable {
  private let rows: FeatureMatrix
  private let kernels: Kernels
  private let blockRows: Int

  struct Block {
    let first: Int
    /// The cosine of each query with each row: (queries, rows). It is NaN if the row or the query
    /// has NaN or infinity, and 0 for a row of zeros.
    var cosines: [Float]
    /// The number of rows with NaN or infinity.
    var notFinite = 0
  }

  /// The range in which a float32 sum of squares is precise; smaller sums may have lost terms to
  /// underflow.
  private static let exactSquares = 0x1p-100...Float.greatestFiniteMagnitude

  /// Blocks are about half a megabyte, so that a busy thread does not delay the others for long.
  init(_ rows: FeatureMatrix, kernels: Kernels) {
    (self.rows, self.kernels) = (rows, kernels)
    blockRows = max(16, (1 << 19) / rows.rowBytes)
  }

  /// Calls `body` for blocks of the rows from `begin` on, on any thread and in any order.
  ///
  /// - Parameters:
  ///   - begin: The first row.
  ///   - pool: The threads to compute on.
  ///   - body: Receives a block and the number of its thread.
  func forEach(
    from begin: Int = 0, queries: [[Float]], pool: ThreadPool,
    _ body: @Sendable (_ block: Block, _ thread: Int) -> Void
  ) {
    let directions = queries.flatMap(\.normalized)
    let blocks = (rows.count - begin + blockRows - 1) / blockRows
    let buffers = (0..<pool.threads).map { _ in Locked([UInt8]()) }
    pool.forEach(count: blocks) { block, thread in
      let first = begin + block * blockRows
      let range = first..<min(first + blockRows, rows.count)
      let found = buffers[thread].withLock { buffer in
        rows.withBytes(of: range, through: &buffer) { self.block(range, $0, directions) }
      }
      body(found, thread)
    }
  }

  /// The cosines of some rows with queries of length 1.
  ///
  /// - Shapes: directions (queries, dimensions); result (queries, rows).
  func cosines(of range: Range<Int>, _ directions: [Float]) -> [Float] {
    var buffer: [UInt8] = []
    return rows.withBytes(of: range, through: &buffer) { block(range, $0, directions) }.cosines
  }

  /// The cosines of the rows whose bytes are given.
  private func block(_ range: Range<Int>, _ bytes: RawSpan, _ directions: [Float]) -> Block {
    let count = range.count
    let queries = directions.count / rows.dimensions
    var products = [Float](repeating: 0, count: queries * count)
    var squares = [Float](repeating: 0, count: count)
    var y = products.mutableSpan
    var sums = squares.mutableSpan
    kernels.dots(
      bytes, rows: count, depth: rows.dimensions, precision: rows.precision,
      queries: directions.span, y: &y, squares: &sums)
    var block = Block(first: range.lowerBound, cosines: products)
    for place in squares.indices {
      guard Self.exactSquares ~= squares[place] else {
        let cosines = exactCosines(of: rows[range.lowerBound + place], directions)
        if cosines == nil { block.notFinite += 1 }
        for query in 0..<queries { block.cosines[query * count + place] = cosines?[query] ?? .nan }
        continue
      }
      let length = squares[place].squareRoot()
      for index in stride(from: place, to: products.count, by: count) {
        block.cosines[index] = min(max(products[index] / length, -1), 1)
      }
    }
    return block
  }

  /// The cosines of a row with queries of length 1, in doubles; nil if the row has NaN or infinity.
  private func exactCosines(of row: [Float], _ directions: [Float]) -> [Float]? {
    guard row.allSatisfy(\.isFinite) else { return nil }
    let length = row.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
    return stride(from: 0, to: directions.count, by: row.count).map { first in
      let product = zip(row, directions[first..<(first + row.count)])
        .reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
      if length == 0 { return product.isNaN ? .nan : 0 }
      return Float(min(max(product / length, -1), 1))
    }
  }
}
