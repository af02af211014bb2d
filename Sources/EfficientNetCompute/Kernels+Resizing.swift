internal import CEfficientNetKernels

extension Kernels {
  /// The kernels for callers that choose no instruction set: those that `EFFNET_ISA` names, or else
  /// the fastest. A wrong `EFFNET_ISA` also gives the fastest here; the engine throws an error for
  /// it.
  package static let preferred = Kernels(
    (try? InstructionSet.preferred()) ?? .fastest)

  /// The maximum number of rows for one call of `resizeAlong`.
  package static let resizeRows = Int(EFFNET_RESIZE_ROWS)

  /// Appends output row `index` of a resize down the columns: `y[n] = clip((2²¹ + Σ_j w[j] ·
  /// x[first + j, n]) >> 22)`.
  ///
  /// - Shapes: x has rows that start `stride` bytes apart; y (bytes).
  package func resizeDown(
    _ x: Span<UInt8>, stride: Int, bytes: Int, taps: ResizingTaps, index: Int,
    to y: inout OutputSpan<UInt8>
  ) {
    let (first, count) = (taps.first[index], taps.count[index])
    precondition(
      stride >= 0 && bytes >= 0 && (first + count - 1) * stride + bytes <= x.count,
      "rows \(first)..<\(first + count) of \(bytes) bytes, \(stride) apart, in \(x.count)")
    precondition(y.freeCapacity >= bytes, "\(bytes) bytes for \(y.freeCapacity)")
    unsafe x.withUnsafeBufferPointer { x in
      unsafe taps.weights.withUnsafeBufferPointer { w in
        unsafe y.withUnsafeMutableBufferPointer { y, initialized in
          guard bytes > 0, let x = x.baseAddress, let w = w.baseAddress, let y = y.baseAddress
          else { return }
          var arguments = unsafe effnet_resize_down(
            x: x + first * stride, w: w + index * taps.stride, y: y + initialized,
            x_stride: stride, taps: count, bytes: bytes)
          unsafe call(table.pointee.resize_down, &arguments)
          initialized += bytes
        }
      }
    }
  }

  /// Appends rows of RGB pixels, resized along the rows: `y[r, i, c] = clip((2²¹ + Σ_j w[i, j] ·
  /// x[r, first[i] + j, c]) >> 22)`.
  ///
  /// - Shapes: x (rows, at least the columns of the taps, 3), with rows that start `stride` bytes
  ///   apart, at most `resizeRows` of them; y (rows, outputs, 3).
  package func resizeAlong(
    _ x: Span<UInt8>, stride: Int, rows: Int, taps: ResizingTaps, to y: inout OutputSpan<UInt8>
  ) {
    let (columns, outputs) = (taps.source, taps.first.count)
    let bytes = 3 * rows * outputs
    precondition(rows >= 0 && rows <= Self.resizeRows, "\(rows) rows at once")
    precondition(
      stride >= 0 && (rows - 1) * stride + 3 * columns.upperBound <= x.count,
      "\(rows) rows of \(columns.upperBound) pixels, \(stride) apart, in \(x.count) bytes")
    precondition(y.freeCapacity >= bytes, "\(bytes) bytes for \(y.freeCapacity)")
    guard bytes > 0 else { return }
    let scratch = 3 * Self.resizeRows * (columns.count + outputs)
    unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: scratch) { scratch in
      unsafe x.withUnsafeBufferPointer { x in
        unsafe y.withUnsafeMutableBufferPointer { y, initialized in
          unsafe taps.withUnsafePointers { first, count, weights in
            guard let y = y.baseAddress else { return }
            var arguments = unsafe effnet_resize_along(
              x: x.baseAddress, w: weights, first: first, taps: count, y: y + initialized,
              scratch: scratch.baseAddress, x_stride: stride, w_stride: taps.stride,
              y_stride: 3 * outputs, rows: rows, column_begin: columns.lowerBound,
              column_end: columns.upperBound, outputs: outputs)
            unsafe call(table.pointee.resize_along, &arguments)
            initialized += bytes
          }
        }
      }
    }
  }

  /// Appends normalized RGB bytes: `y[n] = (x[n] − mean[n mod 3]) / std[n mod 3]`.
  ///
  /// - Accuracy: One subtraction and one division in 32 bits, on every instruction set.
  package func normalize(
    _ x: Span<UInt8>, mean: [Float], std: [Float], to y: inout OutputSpan<Float>
  ) {
    precondition(
      mean.count == 3 && std.count == 3,
      "RGB needs 3 means and 3 deviations, not \(mean.count) and \(std.count)")
    precondition(y.freeCapacity >= x.count, "\(x.count) floats for \(y.freeCapacity)")
    unsafe x.withUnsafeBufferPointer { x in
      unsafe y.withUnsafeMutableBufferPointer { y, initialized in
        guard let source = x.baseAddress, let target = y.baseAddress else { return }
        var arguments = unsafe effnet_normalize(
          x: source, y: target + initialized, bytes: x.count,
          mean: (mean[0], mean[1], mean[2]), std: (std[0], std[1], std[2]))
        unsafe call(table.pointee.normalize, &arguments)
        initialized += x.count
      }
    }
  }
}

extension ResizingTaps {
  /// Calls `body` with the addresses of `first`, `count` and `weights`.
  fileprivate func withUnsafePointers(
    _ body: (UnsafePointer<Int>?, UnsafePointer<Int>?, UnsafePointer<Int32>?) -> Void
  ) {
    unsafe first.withUnsafeBufferPointer { first in
      unsafe count.withUnsafeBufferPointer { count in
        unsafe weights.withUnsafeBufferPointer { weights in
          unsafe body(first.baseAddress, count.baseAddress, weights.baseAddress)
        }
      }
    }
  }
}
