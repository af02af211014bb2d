internal import EfficientNetCompute
internal import EfficientNetSystem

/// Multinomial logistic regression with a penalty on the weights:
///
///     f(W, b) = Σ_i −ln softmax(W z_i + b)[label_i] + ‖W‖² / (2 · strength)
///
/// The parameters are the rows of W, one per class, each followed by its bias, which has no
/// penalty.
struct LogisticRegression: Sendable {
  /// The examples, all of the same length.
  let rows: [[Double]]
  let labels: [Int]
  let classes: Int
  let strength: Double
  let pool: ThreadPool

  /// The smallest number of examples of a part, and the largest number of parts: each part holds a
  /// gradient in memory.
  private static let (partRows, mostParts) = (64, 16)
  private var width: Int { rows[0].count + 1 }

  func value(_ parameters: [Double]) -> (loss: Double, gradient: [Double]) {
    // Neither the number of parts nor the order of their sum depends on the number of threads.
    let count = min(max(rows.count / Self.partRows, 1), Self.mostParts)
    let parts = (0..<count).map { _ in Locked((loss: 0.0, gradient: [Double]())) }
    pool.forEach(count: count) { part in
      let range = (rows.count * part / count)..<(rows.count * (part + 1) / count)
      let value = self.value(parameters, of: range)
      parts[part].withLock { $0 = value }
    }
    var (loss, gradient) = parts[0].withLock { $0 }
    var sums = gradient.mutableSpan
    for part in parts.dropFirst() {
      let value = part.withLock { $0 }
      loss += value.loss
      add(1, value.gradient.span, to: &sums)
    }
    let w = parameters.span
    for c in 0..<classes {
      let weights = w.extracting(c * width..<(c * width + width - 1))
      loss += dot(weights, weights) / (2 * strength)
      add(1 / strength, weights, to: &sums, at: c * width)
    }
    return (loss, gradient)
  }

  /// The contribution of some examples to f and its gradient.
  private func value(
    _ parameters: [Double], of range: Range<Int>
  ) -> (loss: Double, gradient: [Double]) {
    let inputs = width - 1
    var gradient = [Double](repeating: 0, count: parameters.count)
    var sums = gradient.mutableSpan
    var loss = 0.0
    for example in range {
      let label = labels[example]
      let row = rows[example]
      let probabilities = Self.probabilities(of: row, classes: classes, parameters)
      loss -= finiteLog(probabilities[label])
      for c in 0..<classes {
        let slope = probabilities[c] - (c == label ? 1 : 0)
        add(slope, row.span, to: &sums, at: c * width)
        sums[c * width + inputs] += slope
      }
    }
    return (loss, gradient)
  }

  /// The parameters that minimise f.
  ///
  /// - Parameters:
  ///   - start: The parameters to start from; nil for zeros.
  ///   - tolerance: See ``LimitedMemoryBFGS/tolerance``.
  func minimum(from start: [Double]? = nil, tolerance: Double = 1e-7) -> [Double] {
    LimitedMemoryBFGS(tolerance: tolerance).minimum(
      from: start ?? Array(repeating: 0, count: classes * width), of: value)
  }

  static func probabilities(of row: [Double], classes: Int, _ parameters: [Double]) -> [Double] {
    let w = parameters.span
    let width = row.count + 1
    return (0..<classes).map { c in
      dot(w.extracting(c * width..<(c * width + row.count)), row.span) + w[c * width + row.count]
    }.softmax
  }
}

/// The dot product, summed in eight chains that are added pairwise.
func dot(_ a: Span<Double>, _ b: Span<Double>) -> Double {
  precondition(a.count == b.count, "lengths differ: \(a.count) and \(b.count)")
  var chains = SIMD8<Double>()
  let whole = a.count / 8 * 8
  let (x, y) = (a.bytes, b.bytes)
  for start in stride(from: 0, to: 8 * whole, by: 64) {
    chains +=
      x.unsafeLoadUnaligned(fromByteOffset: start, as: SIMD8<Double>.self)
      * y.unsafeLoadUnaligned(fromByteOffset: start, as: SIMD8<Double>.self)
  }
  var sum = chains.sum()
  for index in whole..<a.count { sum += a[index] * b[index] }
  return sum
}

/// Adds `share` times `x` to `y`, from index `first` on.
func add(_ share: Double, _ x: Span<Double>, to y: inout MutableSpan<Double>, at first: Int = 0) {
  precondition(
    first >= 0 && x.count <= y.count - first, "\(x.count) numbers at \(first) of \(y.count)")
  for index in 0..<x.count { y[first + index] += share * x[index] }
}

extension [Double] {
  /// The index of the largest number; ties go to the first.
  var firstIndexOfMaximum: Int? { indices.max { self[$0] < self[$1] } }
}

/// The natural logarithm, bounded below so that a probability of zero does not give infinity.
func finiteLog(_ x: Double) -> Double {
  log(max(x, .leastNonzeroMagnitude))
}
