internal import CEfficientNetKernels

extension Kernels {
  /// Computes the dot products of rows with queries, and of rows with themselves: `y[j, r] = Σ_k
  /// x[r, k] · q[j, k]`, `squares[r] = Σ_k x[r, k]²`.
  ///
  /// - Shapes: x (rows, depth) with any alignment, q (queries, depth), y at least (queries, rows),
  ///   squares at least (rows).
  /// - Precondition: `precision` is not fp16.
  /// - Accuracy: Sixteen chains of fused multiply-adds in 32 bits, bit-identical on every
  ///   instruction set.
  package func dots(
    _ x: RawSpan, rows: Int, depth: Int, precision: Precision, queries q: Span<Float>,
    y: inout MutableSpan<Float>, squares: inout MutableSpan<Float>
  ) {
    let queries = depth == 0 ? 0 : q.count / depth
    let stride = depth * precision.elementBytes
    precondition(rows >= 0 && depth >= 1, "\(rows) rows of \(depth)")
    precondition(precision != .float16, "rows are not in fp16")
    precondition(x.byteCount == rows * stride, "\(x.byteCount) bytes for \(rows) rows of \(depth)")
    precondition(q.count == queries * depth, "\(q.count) floats are no queries of \(depth)")
    precondition(
      y.count >= queries * rows && squares.count >= rows,
      "\(y.count) and \(squares.count) floats for \(queries) queries and \(rows) rows")
    guard rows > 0 else { return }
    unsafe x.withUnsafeBytes { x in
      unsafe q.withUnsafeBufferPointer { q in
        unsafe y.withUnsafeMutableBufferPointer { y in
          unsafe squares.withUnsafeMutableBufferPointer { squares in
            var arguments = unsafe effnet_dots(
              x: x.baseAddress, q: q.baseAddress, y: y.baseAddress, squares: squares.baseAddress,
              rows: rows, queries: queries, depth: depth, x_stride: stride, q_stride: depth,
              y_stride: rows, precision: precision.kernelCode)
            unsafe call(table.pointee.dots, &arguments)
          }
        }
      }
    }
  }
}
