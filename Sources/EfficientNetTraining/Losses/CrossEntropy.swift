internal import EfficientNetSystem

/// The mean cross entropy of softmax, and its gradient:
/// `loss = Σ_n Σ_c −w[c] · t[n, c] · log p[n, c] / d`.
///
/// Targets are smoothed: `t = (1 − smoothing) · target + smoothing / classes`. As in PyTorch's
/// `CrossEntropyLoss`, class weights count for each class's term, and `d` is the sum of the weights
/// of the images' labels; where there are targets in place of labels, it is the number of images.
///
/// Source: Szegedy et al. 2016, [Rethinking the Inception architecture](https://arxiv.org/abs/1512.00567), section 7.
public struct CrossEntropy: Hashable, Sendable {
  /// Share of the target that is spread over all classes.
  public var smoothing: Double
  /// A weight for each class; nil for ones.
  public var classWeights: [Double]?

  /// A loss.
  ///
  /// - Precondition: the smoothing is at least 0 and below 1, weights are finite and at least 0.
  public init(smoothing: Double = 0, classWeights: [Double]? = nil) {
    precondition(0..<1 ~= smoothing, "label smoothing of \(smoothing)")
    for weight in classWeights ?? [] {
      precondition(weight >= 0 && weight.isFinite, "a class weight of \(weight)")
    }
    (self.smoothing, self.classWeights) = (smoothing, classWeights)
  }

  /// The loss of a batch, its gradient with respect to the logits, and the images whose best class is the true one.
  public struct Value: Hashable, Sendable {
    /// The mean over the batch.
    public var loss: Double
    /// As many as there are logits.
    public var gradient: [Float]
    /// Images whose largest logit is that of their class: of a mixed image the class with the
    /// largest share.
    public var correct: Int
  }

  /// The loss of `logits`, rows of `classes`.
  ///
  /// - Parameters:
  ///   - labels: The class of each image.
  ///   - targets: Rows of probabilities that count instead of the labels; nil for none.
  /// - Precondition: there is a row of logits for each label, labels are classes, and there are as
  ///   many class weights as classes.
  public func value(_ logits: [Float], labels: [Int], targets: [Float]? = nil) -> Value {
    precondition(!labels.isEmpty && logits.count % labels.count == 0, "no labels")
    let classes = logits.count / labels.count
    precondition((targets?.count ?? logits.count) == logits.count, "targets of other size")
    let weights = classWeights ?? [Double](repeating: 1, count: classes)
    precondition(weights.count == classes, "\(weights.count) weights of \(classes) classes")
    var gradient = [Float](repeating: 0, count: logits.count)
    var (loss, divisor, correct) = (0.0, 0.0, 0)
    /// Weighted and smoothed.
    var target = [Double](repeating: 0, count: classes)
    for (n, label) in labels.enumerated() {
      let base = n * classes
      // The label wins a tie.
      var truth = label
      for c in 0..<classes {
        let share = targets.map { Double($0[base + c]) } ?? (c == label ? 1 : 0)
        target[c] = weights[c] * ((1 - smoothing) * share + smoothing / Double(classes))
        if let targets, targets[base + c] > targets[base + truth] { truth = c }
      }
      let mass = target.reduce(0, +)
      var (largest, best) = (-Double.infinity, 0)
      for c in 0..<classes where Double(logits[base + c]) > largest {
        (largest, best) = (Double(logits[base + c]), c)
      }
      if best == truth { correct += 1 }
      var sum = 0.0
      for c in 0..<classes { sum += exp(Double(logits[base + c]) - largest) }
      let logSum = largest + log(sum)
      for c in 0..<classes {
        let logit = Double(logits[base + c])
        loss += target[c] * (logSum - logit)
        gradient[base + c] = Float(mass * exp(logit - logSum) - target[c])
      }
      divisor += targets == nil ? weights[label] : 1
    }
    for index in gradient.indices { gradient[index] /= Float(divisor) }
    return Value(loss: loss / divisor, gradient: gradient, correct: correct)
  }
}
