import EfficientNetTestSupport
import Testing

@testable import EfficientNetCompute

/// Dot products of rows and queries: lengths and row counts that fit no tile, at any byte offset.
extension KernelTests {
  @Test(
    "dot products equal plain loops", arguments: [1, 2, 3, 15, 16, 17, 31, 33, 64, 100],
    [Precision.float32, .bfloat16])
  func dots(depth: Int, precision: Precision) {
    for (rows, queries, offset) in [(1, 1, 0), (2, 3, 1), (5, 1, 2), (7, 6, 3), (9, 4, 0)] {
      let x = Self.random("x", rows * depth, precision)
      let q = Self.random("q", queries * depth)
      let bytes = Array(repeating: UInt8(0x71), count: offset) + Self.stored(x, precision)
      let expected = (0..<queries).flatMap { j in
        (0..<rows).map { r in
          (0..<depth).reduce(0.0) { $0 + Double(x[r * depth + $1]) * Double(q[j * depth + $1]) }
        }
      }
      let squares = (0..<rows).map { r in
        (0..<depth).reduce(0.0) { $0 + Double(x[r * depth + $1]) * Double(x[r * depth + $1]) }
      }
      var scalar: [UInt32] = []
      for isa in InstructionSet.available {
        // Poison follows the outputs.
        let poison = Float(bitPattern: KernelMemory.poison)
        var y = Array(repeating: poison, count: queries * rows + 16)
        var sums = Array(repeating: poison, count: rows + 16)
        var ySpan = y.mutableSpan
        var sumsSpan = sums.mutableSpan
        Kernels(isa).dots(
          bytes.span.bytes.extracting(offset..<bytes.count), rows: rows, depth: depth,
          precision: precision, queries: q.span, y: &ySpan, squares: &sumsSpan)
        let found = Array(y.prefix(queries * rows)) + sums.prefix(rows)
        let what = "\(isa): \(rows) rows, \(queries) queries"
        // Thirty sums of a hundred products in [−1, 1) cancel: the error is relative to the
        // products.
        let error = zip(found, expected + squares).map { abs(Double($0) - $1) }.max() ?? 0
        #expect(error < 1e-6 * Double(depth), "\(what)")
        let isIntact = (y.suffix(16) + sums.suffix(16)).allSatisfy {
          $0.bitPattern == KernelMemory.poison
        }
        #expect(isIntact, "\(what)")
        let bits = found.map(\.bitPattern)
        if isa == .scalar { scalar = bits }
        #expect(bits == scalar, "\(what)")
      }
    }
  }

  /// The numbers' bytes, as stored in a file.
  private static func stored(_ x: [Float], _ precision: Precision) -> [UInt8] {
    switch precision {
    case .float32:
      return x.span.bytes.copied(count: 4 * x.count)
    case .bfloat16:
      // A named variable, because the compiler of Swift 6.3 fails on the span of a temporary in
      // debug builds.
      let bits = x.map { UInt16(BFloat16.bits($0)) }
      return bits.span.bytes.copied(count: 2 * x.count)
    case .float16, .int8: preconditionFailure("rows are not in \(precision)")
    }
  }
}
