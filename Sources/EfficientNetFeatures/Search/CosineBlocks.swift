internal import EfficientNetCompute

/// Cosines of rows with queries, a block of rows after the other.
struct CosineBlocks: Sendable {
  private let rows: FeatureMatrix
  private let kernels: Kernels
  private let blockRows: Int

  /// Blocks of about half a megabyte, so that a thread that is busy elsewhere holds up nobody.
  init(_ rows: FeatureMatrix, kernels: Kernels) {
    (self.rows, self.kernels) = (rows, kernels)
    blockRows = max(16, (1 << 19) / rows.rowBytes)
  }

  /// Calls `body` for blocks of all rows, on any threads in any order.
  ///
  /// - Parameter body: Gets the first row, the cosines, (queries, rows of the block), and which thread it is on. A cosine is NaN
  ///   where a row or a query has a number that is not finite, or one whose square is none; rows of zeros have the cosine 0.
  func forEach(
    queries: [[Float]], pool: ThreadPool,
    _ body: @Sendable (_ first: Int, _ cosines: [Float], _ thread: Int) -> Void
  ) {
    let directions = queries.flatMap(\.normalized)
    let blocks = (rows.count + blockRows - 1) / blockRows
    let buffers = (0..<pool.threads).map { _ in Guarded([UInt8]()) }
    pool.forEach(count: blocks) { block, thread in
      let first = block * blockRows
      let range = first..<min(first + blockRows, rows.count)
      let found = buffers[thread].withLock { buffer in
        rows.withBytes(of: range, through: &buffer) { cosines(of: $0, range.count, directions) }
      }
      body(first, found, thread)
    }
  }

  /// Calls `body` for blocks of the rows from `begin` on, one after the other on the calling thread.
  func forEachInOrder(
    from begin: Int, queries: [[Float]], _ body: (_ first: Int, _ cosines: [Float]) -> Void
  ) {
    let directions = queries.flatMap(\.normalized)
    for first in stride(from: begin, to: rows.count, by: blockRows) {
      body(first, cosines(of: first..<min(first + blockRows, rows.count), directions))
    }
  }

  /// The cosines of some rows with queries of length 1.
  ///
  /// - Shapes: directions (queries, dimensions); the result (queries, rows).
  func cosines(of range: Range<Int>, _ directions: [Float]) -> [Float] {
    rows.withBytes(of: range) { cosines(of: $0, range.count, directions) }
  }

  /// The cosines of `count` rows.
  private func cosines(of bytes: RawSpan, _ count: Int, _ directions: [Float]) -> [Float] {
    let queries = directions.count / rows.dimensions
    var products = [Float](repeating: 0, count: queries * count)
    var squares = [Float](repeating: 0, count: count)
    var y = products.mutableSpan
    var sums = squares.mutableSpan
    kernels.dots(
      bytes, rows: count, depth: rows.dimensions, precision: rows.precision,
      queries: directions.span, y: &y, squares: &sums)
    for place in squares.indices {
      let length = squares[place].squareRoot()
      for index in stride(from: place, to: products.count, by: count) {
        if length == 0 {
          products[index] = products[index].isNaN ? .nan : 0
        } else if length.isFinite {
          products[index] = min(max(products[index] / length, -1), 1)
        } else {
          products[index] = .nan
        }
      }
    }
    return products
  }
}
