internal import EfficientNetSystem

/// The mean softmax cross entropy and its gradient:
/// `loss = Σ_n Σ_c −w[c] · t[n, c] · log p[n, c] / d`.
///
/// The targets are smoothed: `t = (1 − smoothing) · target + smoothing / classes`. As in PyTorch's
/// `CrossEntropyLoss`, a class weight multiplies the term of its class. `d` is the sum of the
/// weights of the images' labels; with targets instead of labels it is the number of images.
///
/// Source: Szegedy et al. 2016, [Rethinking the Inception
/// architecture](https://arxiv.org/abs/1512.00567), section 7.
public struct CrossEntropy: Hashable, Sendable {
  /// The share of the target that is spread over all classes.
  public var smoothing: Double
  /// The weight of each class; nil for 1 each.
  public var classWeights: [Double]?

  /// Creates a loss.
  ///
  /// - Precondition: `smoothing` is at least 0 and below 1; weights are finite and at least 0.
  public init(smoothing: Double = 0, classWeights: [Double]? = nil) {
    require(0..<1 ~= smoothing, "smoothing is \(smoothing); it must be at least 0 and below 1")
    for weight in classWeights ?? [] {
      require(
        weight >= 0 && weight.isFinite,
        "a class weight is \(weight); it must be at least 0 and finite")
    }
    (self.smoothing, self.classWeights) = (smoothing, classWeights)
  }

  /// Returns the lowest loss of photos of one class each, without class weights: the entropy of the
  /// smoothed targets, such as 0.29 for a smoothing of 0.1 and three classes.
  package func lowest(classes: Int) -> Double {
    guard smoothing > 0 else { return 0 }
    let other = smoothing / Double(classes)
    let truth = 1 - smoothing + other
    return -truth * log(truth) - Double(classes - 1) * other * log(other)
  }

  /// The loss of a batch, its gradient, and the number of correct images.
  public struct Value: Hashable, Sendable {
    /// The mean loss of the batch.
    public var loss: Double
    /// The gradient of the loss with respect to each logit.
    public var gradient: [Float]
    /// The number of images whose largest logit is that of their class; a mixed image counts for
    /// the class with the largest share.
    public var correct: Int
  }

  /// Returns the loss of a batch.
  ///
  /// - Parameters:
  ///   - logits: (images, classes).
  ///   - labels: The class of each image.
  ///   - targets: Probabilities that replace the labels, (images, classes); nil for none.
  /// - Precondition: `logits` has one row per label, labels are classes, and there is one class
  ///   weight per class.
  public func value(_ logits: [Float], labels: [Int], targets: [Float]? = nil) -> Value {
    require(
      !labels.isEmpty && logits.count % labels.count == 0,
      "there are \(labels.count) labels for \(logits.count) logits; "
        + "there must be at least one label, and the same number of logits for each")
    let classes = logits.count / labels.count
    require(
      (targets?.count ?? logits.count) == logits.count,
      "targets has \(targets?.count ?? 0) numbers; it must have as many as logits, \(logits.count)")
    let weights = classWeights ?? [Double](repeating: 1, count: classes)
    require(
      weights.count == classes,
      "there are \(weights.count) class weights; there must be one for each class, \(classes)")
    var gradient = [Float](repeating: 0, count: logits.count)
    var (loss, divisor, correct) = (0.0, 0.0, 0)
    /// The smoothed target times the class weight.
    var target = [Double](repeating: 0, count: classes)
    for (n, label) in labels.enumerated() {
      let base = n * classes
      // If shares are equal, the label counts as the true class.
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
