/// The features of a few photos of each class, from which a classifier is made.
///
///     let examples = try LabelledFeatures(
///       classes: ["cat", "dog"], rows: rows, labels: [0, 0, 1, 1])
public struct LabelledFeatures: Sendable {
  /// The names of the classes.
  public let classes: [String]
  /// The features, each scaled to the Euclidean length 1.
  public let rows: [[Float]]
  /// The class of each row.
  public let labels: [Int]

  /// Creates examples.
  ///
  /// - Parameters:
  ///   - classes: The names of the classes.
  ///   - rows: The features of the photos, one row each.
  ///   - labels: The class of each row, as an index into `classes`.
  /// - Precondition: there is a label for each row, all rows have the same number of features, and
  ///   labels are indices of `classes`.
  /// - Throws: ``FeaturesError/examples(reason:)`` if there are fewer than two classes, or a class
  ///   has no row.
  public init(classes: [String], rows: [[Float]], labels: [Int]) throws(FeaturesError) {
    precondition(
      rows.count == labels.count && rows.allSatisfy { $0.count == rows[0].count },
      "\(rows.count) rows with \(labels.count) labels, or rows of different lengths")
    precondition(
      labels.allSatisfy(classes.indices.contains), "a label is not in 0..<\(classes.count)")
    guard classes.count >= 2 else {
      throw .examples(
        reason: classes.isEmpty
          ? "there are no classes; a classifier needs at least two"
          : "there is only one class, '\(classes[0])'; a classifier needs at least two")
    }
    for (index, name) in classes.enumerated() where !labels.contains(index) {
      throw .examples(reason: "class '\(name)' has no example; add one, or remove the class")
    }
    (self.classes, self.labels) = (classes, labels)
    self.rows = rows.map(\.normalized)
  }

  /// The number of features of a row.
  public var dimensions: Int { rows[0].count }

  /// The number of rows of each class.
  var counts: [Int] {
    labels.reduce(into: Array(repeating: 0, count: classes.count)) { $0[$1] += 1 }
  }
}
