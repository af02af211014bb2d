public import EfficientNetSystem

/// A classifier for classes of one's own, made of a few photos of each: the network stays as it is, and its features
/// are told apart.
///
///     let examples = try LabelledFeatures(classes: ["cat", "dog"], rows: rows, labels: labels)
///     let classifier = FewShotClassifier(examples, method: .centroid, pool: pool)
///     print(classifier.validation.accuracy ?? 0)
///     let probabilities = classifier.probabilities(of: try extractor.features(of: photo))
///
/// The result does not depend on the number of threads.
public struct FewShotClassifier: Sendable {
  /// How features are told apart.
  public enum Method: String, Hashable, Sendable, CaseIterable {
    /// By the nearest mean of a class's examples, in cosine.
    case centroid
    /// By logistic regression with a penalty on the weights, which takes more time and, with more examples, is more
    /// often right.
    case logistic
  }

  /// The names of the classes.
  public let classes: [String]
  /// How features are told apart.
  public let method: Method
  private let classifier: any RowClassifier

  /// The classifier of some examples.
  ///
  /// - Parameter progress: Gets how many logistic regressions are fitted, and of how many: on any thread, one call at a time.
  public init(
    _ examples: LabelledFeatures, method: Method, pool: ThreadPool,
    progress: @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) {
    (classes, self.method) = (examples.classes, method)
    classifier =
      switch method {
      case .centroid: CentroidClassifier(examples)
      case .logistic: LogisticClassifier(examples, pool: pool, progress: progress)
      }
  }

  /// How often it is right about examples that it was made without: each left out alone, or for a logistic regression on
  /// more than 200 examples in ten parts.
  public var validation: CrossValidation { classifier.validation }

  /// The probability of each class, for features of any length.
  public func probabilities(of features: [Float]) -> [Double] {
    classifier.probabilities(of: features)
  }
}

/// A way to tell features apart.
protocol RowClassifier: Sendable {
  /// What leaving examples out says.
  var validation: CrossValidation { get }

  /// The probability of each class, for features of any length.
  func probabilities(of row: [Float]) -> [Double]
}
