/// Multinomial logistic regression with a penalty on the weights:
///
///     f(W, b) = Σ_i −ln softmax(W z_i + b)[label_i] + ‖W‖² / (2 · strength)
///
/// The parameters are the rows of W, a class each, and behind each row its bias, which is free.
struct LogisticRegression: Sendable {
  /// The examples, equally long.
  let rows: [[Double]]
  /// The class of each.
  let labels: [Int]
  let classes: Int
  let strength: Double

  private var width: Int { rows[0].count + 1 }

  /// The value of f and its gradient.
  func value(_ parameters: [Double]) -> (loss: Double, gradient: [Double]) {
    let inputs = rows[0].count
    let w = parameters.span
    var gradient = [Double](repeating: 0, count: parameters.count)
    var loss = 0.0
    for (row, label) in zip(rows, labels) {
      let z = row.span
      let logits = (0..<classes).map { c in
        dot(w.extracting(c * width..<(c * width + inputs)), z) + w[c * width + inputs]
      }
      let probabilities = logits.softmax
      loss -= log(probabilities[label])
      for c in 0..<classes {
        let slope = probabilities[c] - (c == label ? 1 : 0)
        for k in 0..<inputs { gradient[c * width + k] += slope * z[k] }
        gradient[c * width + inputs] += slope
      }
    }
    for c in 0..<classes {
      for k in c * width..<(c * width + inputs) {
        loss += w[k] * w[k] / (2 * strength)
        gradient[k] += w[k] / strength
      }
    }
    return (loss, gradient)
  }

  /// The parameters for which f is least, from some on; nil for zeros.
  func minimum(from start: [Double]? = nil) -> [Double] {
    LimitedMemoryBFGS().minimum(
      from: start ?? Array(repeating: 0, count: classes * width), of: value)
  }

  /// The probability of each class.
  static func probabilities(of row: [Double], classes: Int, _ parameters: [Double]) -> [Double] {
    let w = parameters.span
    let width = row.count + 1
    return (0..<classes).map { c in
      dot(w.extracting(c * width..<(c * width + row.count)), row.span) + w[c * width + row.count]
    }.softmax
  }
}

/// The sum of products, in eight chains that are added in halves.
func dot(_ a: Span<Double>, _ b: Span<Double>) -> Double {
  precondition(a.count == b.count, "lengths differ: \(a.count) and \(b.count)")
  var chains = SIMD8<Double>()
  let whole = a.count / 8 * 8
  for start in stride(from: 0, to: whole, by: 8) {
    var (x, y) = (SIMD8<Double>(), SIMD8<Double>())
    for lane in 0..<8 { (x[lane], y[lane]) = (a[start + lane], b[start + lane]) }
    chains += x * y
  }
  var sum = chains.sum()
  for index in whole..<a.count { sum += a[index] * b[index] }
  return sum
}
