/// How often a classifier is right about examples that it was made without.
public struct CrossValidation: Hashable, Sendable {
  /// Parts of the examples that were left out, one after the other; as many as examples for leave-one-out.
  public var folds: Int
  /// Whether each example was left out alone.
  public var isLeaveOneOut: Bool
  /// Examples that were put into their class.
  public var correct: Int
  /// Examples that were tried.
  public var counted: Int
  /// Examples that were not, being the only ones of their class.
  public var alone: Int

  /// The share that was put into its class; nil if none was tried.
  public var accuracy: Double? { counted == 0 ? nil : Double(correct) / Double(counted) }
}

extension LabelledFeatures {
  /// The most examples that are left out one by one where every time means a new fit; more are left out in ten parts.
  static let mostRefits = 200

  /// Fits of a classifier that is validated: with all examples, and without each part of them.
  var fits: Int { Set(folds().of.compactMap(\.self)).count + 1 }

  /// The part of the examples in which each is left out; nil for the only one of a class, which never is.
  func folds() -> (count: Int, of: [Int?]) {
    let counts = counts
    if rows.count <= Self.mostRefits {
      return (rows.count, rows.indices.map { counts[labels[$0]] > 1 ? $0 : nil })
    }
    // The examples of a class go into different parts, as far as there are any.
    var seen = Array(repeating: 0, count: classes.count)
    let folds = labels.map { label -> Int? in
      defer { seen[label] += 1 }
      return counts[label] > 1 ? seen[label] % 10 : nil
    }
    return (10, folds)
  }
}
