/// The accuracy of a classifier on left-out examples.
public struct CrossValidation: Hashable, Sendable, Codable {
  /// The number of parts that the examples are split into; the number of examples for
  /// leave-one-out.
  public var folds: Int
  /// Whether each example was left out alone.
  public var isLeaveOneOut: Bool
  /// The results of the examples that were left out, in the order of the examples.
  public var outcomes: [Outcome]
  /// The number of examples that cannot be left out because their class has no other.
  public var alone: Int

  /// The result of an example that was left out.
  public struct Outcome: Hashable, Sendable, Codable {
    /// The index of the example.
    public var row: Int
    /// The class of the example.
    public var label: Int
    /// The most probable class, by the classifier without the example.
    public var prediction: Int
    /// The probability of this class.
    public var probability: Double
    /// Whether the example is unlike all other examples: see
    /// ``FewShotClassifier/isUnlikeExamples(_:)``.
    public var isUnlike: Bool

    /// Creates the result of probabilities; the example counts as like the others.
    init(row: Int, label: Int, probabilities: [Double]) {
      (self.row, self.label) = (row, label)
      prediction = probabilities.firstIndexOfMaximum ?? 0
      probability = probabilities[prediction]
      isUnlike = false
    }

    /// Whether the predicted class is that of the example.
    public var isRight: Bool { prediction == label }
  }

  /// The number of correctly classified examples.
  public var correct: Int { outcomes.count(where: \.isRight) }

  /// The number of examples that were left out and classified.
  public var counted: Int { outcomes.count }

  /// The share of correctly classified examples; nil if none was left out.
  public var accuracy: Double? { counted == 0 ? nil : Double(correct) / Double(counted) }
}

extension CrossValidation: CustomStringConvertible {
  /// One line, such as "37 of 39 examples right (leave-one-out)".
  public var description: String {
    let method = isLeaveOneOut ? "leave-one-out" : "\(folds) folds"
    return "\(correct) of \(counted) examples right (\(method))"
  }
}

extension LabelledFeatures {
  /// The largest number of examples for leave-one-out if each needs a new fit; more use ten folds.
  static let mostRefits = 200

  /// The number of fits with cross-validation: one for all examples, and one for each fold.
  var fits: Int { Set(folds().of.compactMap(\.self)).count + 1 }

  /// The fold of each example; nil for the only example of a class, which is never left out.
  func folds() -> (count: Int, of: [Int?]) {
    let counts = counts
    if rows.count <= Self.mostRefits {
      return (rows.count, rows.indices.map { counts[labels[$0]] > 1 ? $0 : nil })
    }
    // The examples of a class are spread over the folds.
    var seen = Array(repeating: 0, count: classes.count)
    let folds = labels.map { label -> Int? in
      defer { seen[label] += 1 }
      return counts[label] > 1 ? seen[label] % 10 : nil
    }
    return (10, folds)
  }
}
