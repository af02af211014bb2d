public import EfficientNetSystem

/// A classifier for classes of your own, from a few photos of each. The network stays unchanged;
/// the classifier reads its features.
///
///     let examples = try LabelledFeatures(classes: ["cat", "dog"], rows: rows, labels: labels)
///     let classifier = FewShotClassifier(examples, method: .centroid, pool: pool)
///     print(classifier.validation.accuracy ?? 0)
///     let probabilities = try classifier.probabilities(of: extractor.features(of: photo))
///
/// Fit a classifier once and store it: ``write(to:)``, and ``init(contentsOf:pool:)`` after a
/// restart.
///
/// The result does not depend on the number of threads.
public struct FewShotClassifier: Sendable {
  /// A method to classify features.
  public enum Method: String, Hashable, Sendable, CaseIterable, Codable {
    /// The class whose mean example is nearest, by cosine.
    case centroid
    /// Logistic regression with a penalty on the weights. It takes more time; with more examples it
    /// is more accurate.
    case logistic
  }

  /// The names of the classes.
  public let classes: [String]
  /// The method.
  public let method: Method
  /// The accuracy on left-out examples: leave-one-out, or ten folds for logistic regression on more
  /// than 200 examples.
  ///
  /// It is too high if an example has a copy among the others, so make examples without copies. It
  /// is also too high if the network was trained on the examples.
  public let validation: CrossValidation
  /// The description of the features, to store with the classifier: that of the extractor that
  /// computed the examples. Compare it after a restart, see
  /// ``FeatureDescription/isComparable(with:)``. Nil by default; ``write(to:)`` needs it.
  public var description: FeatureDescription?
  let classifier: any RowClassifier
  let dimensions: Int
  let neighbors: ExampleNeighbors

  /// Fits a classifier to examples. The call computes on the calling thread and those of the pool,
  /// and returns when it has finished: do not call it in a task of a server, which it would block.
  ///
  /// All pairs of examples are compared, so twice as many examples take four times as long. Logistic
  /// regression takes more.
  ///
  /// - Parameters:
  ///   - examples: The examples.
  ///   - method: The method.
  ///   - pool: The threads to compute on.
  ///   - progress: Receives the number of finished steps and their total, on any thread, one call
  ///     at a time. A step compares up to 1,000 examples with all others, or fits a logistic
  ///     regression.
  public init(
    _ examples: LabelledFeatures, method: Method, pool: ThreadPool,
    progress: @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) {
    (classes, self.method) = (examples.classes, method)
    dimensions = examples.dimensions
    let searches = ExampleNeighbors.searches(for: examples)
    let total = searches + (method == .logistic ? examples.fits : 0)
    progress(0, total)
    neighbors = ExampleNeighbors(examples, pool: pool) { progress($0, total) }
    classifier =
      switch method {
      case .centroid: CentroidClassifier(examples)
      case .logistic:
        LogisticClassifier(examples, pool: pool) { fits in progress(searches + fits, total) }
      }
    var validation = classifier.validation
    for index in validation.outcomes.indices {
      let row = validation.outcomes[index].row
      validation.outcomes[index].isUnlike = neighbors.isUnlike(example: row)
    }
    self.validation = validation
  }

  /// Returns the probability of each class.
  ///
  /// - Parameter features: The features of a photo, ``LabelledFeatures/dimensions`` numbers. Their
  ///   Euclidean length does not matter.
  /// - Throws: ``FeaturesError/dimensions(first:count:second:other:)`` if their number is another
  ///   one, for instance after a change of the network; ``FeaturesError/notFinite(name:)``.
  public func probabilities(of features: [Float]) throws(FeaturesError) -> [Double] {
    try check(features)
    return classifier.probabilities(of: features)
  }

  /// Returns whether a photo is unlike every example, so that its probabilities mean little: they
  /// only compare the classes with each other.
  ///
  /// It is if its cosine with the nearest example is below that of 90 % of the examples with their
  /// nearest other example. So about 10 % of the photos of the classes count as unlike, too.
  ///
  /// - Parameter features: The features of a photo, ``LabelledFeatures/dimensions`` numbers. Their
  ///   Euclidean length does not matter.
  /// - Throws: As ``probabilities(of:)``.
  public func isUnlikeExamples(_ features: [Float]) throws(FeaturesError) -> Bool {
    try check(features)
    return neighbors.isUnlike(features)
  }

  private func check(_ features: [Float]) throws(FeaturesError) {
    guard features.count == dimensions else {
      throw .dimensions(
        first: "the set of examples", count: dimensions, second: "the photo",
        other: features.count)
    }
    guard features.allSatisfy(\.isFinite) else { throw .notFinite(name: "the photo") }
  }
}

protocol RowClassifier: Sendable {
  /// The results of left-out examples, all of which count as like the others.
  var validation: CrossValidation { get }
  /// The numbers of each class, one class after the other.
  var parameters: [Double] { get }
  var scale: Double { get }

  /// Returns the probability of each class. The length of the row does not matter.
  func probabilities(of row: [Float]) -> [Double]
}
