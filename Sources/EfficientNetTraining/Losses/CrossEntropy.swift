#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif

/// The mean cross entropy of softmax, and its gradient: `loss = Σ_n w_n Σ_c −t[n, c] · log p[n, c] / Σ_n w_n`.
///
/// Targets are smoothed: `t = (1 − smoothing) · target + smoothing / classes`. With class weights, `w_n` is that of the
/// image's class, as in PyTorch; for mixed images the mean of its classes', weighted by the target.
///
/// Source: Szegedy et al. 2016, [Rethinking the Inception architecture](https://arxiv.org/abs/1512.00567), section 7.
public struct CrossEntropy: Hashable, Sendable {
  /// Share of the target that is spread over all classes.
  public var smoothing: Double
  /// A weight for each class; nil for ones.
  public var classWeights: [Double]?

  /// A loss.
  public init(smoothing: Double = 0, classWeights: [Double]? = nil) {
    precondition(0..<1 ~= smoothing, "label smoothing of \(smoothing)")
    (self.smoothing, self.classWeights) = (smoothing, classWeights)
  }

  /// The loss of a batch, its gradient with respect to the logits, and the images whose best class is the true one.
  public struct Value: Hashable, Sendable {
    /// The mean over the batch.
    public var loss: Double
    /// As many as there are logits.
    public var gradient: [Float]
    /// Images whose largest logit is that of their label.
    public var correct: Int
  }

  /// The loss of `logits`, rows of `classes`.
  ///
  /// - Parameters:
  ///   - labels: The class of each image.
  ///   - targets: Rows of probabilities that count instead of the labels; nil for none.
  public func value(_ logits: [Float], labels: [Int], targets: [Float]? = nil) -> Value {
    precondition(!labels.isEmpty && logits.count % labels.count == 0, "no labels")
    let classes = logits.count / labels.count
    precondition((targets?.count ?? logits.count) == logits.count, "targets of other size")
    var gradient = [Float](repeating: 0, count: logits.count)
    var (loss, weights, correct) = (0.0, 0.0, 0)
    var target = [Double](repeating: 0, count: classes)
    for (n, label) in labels.enumerated() {
      let base = n * classes
      for c in 0..<classes {
        let share = targets.map { Double($0[base + c]) } ?? (c == label ? 1 : 0)
        target[c] = share
      }
      let weight =
        classWeights.map { weights in zip(target, weights).reduce(0) { $0 + $1.0 * $1.1 } } ?? 1
      var (largest, best) = (-Double.infinity, 0)
      for c in 0..<classes where Double(logits[base + c]) > largest {
        (largest, best) = (Double(logits[base + c]), c)
      }
      if best == label { correct += 1 }
      var sum = 0.0
      for c in 0..<classes { sum += exp(Double(logits[base + c]) - largest) }
      let logSum = largest + log(sum)
      for c in 0..<classes {
        let smoothed = (1 - smoothing) * target[c] + smoothing / Double(classes)
        let logit = Double(logits[base + c])
        loss += weight * smoothed * (logSum - logit)
        gradient[base + c] = Float(weight * (exp(logit - logSum) - smoothed))
      }
      weights += weight
    }
    for index in gradient.indices { gradient[index] /= Float(weights) }
    return Value(loss: loss / weights, gradient: gradient, correct: correct)
  }
}
