/// Features of a few photos of each class: what a new classifier is made of.
///
///     let examples = try LabelledFeatures(classes: ["cat", "dog"], rows: rows, labels: [0, 0, 1, 1])
public struct LabelledFeatures: Sendable {
  /// The names of the classes.
  public let classes: [String]
  /// The features, each scaled to the Euclidean length 1.
  public let rows: [[Float]]
  /// The class of each row.
  public let labels: [Int]

  /// Features and their classes.
  ///
  /// - Precondition: there is a label for each row, all rows have as many numbers, and labels are places in `classes`.
  /// - Throws: ``FeaturesError/examples(reason:)`` for fewer than two classes, or a class without a row.
  public init(classes: [String], rows: [[Float]], labels: [Int]) throws(FeaturesError) {
    precondition(
      rows.count == labels.count && rows.allSatisfy { $0.count == rows[0].count },
      "\(rows.count) rows, not all equally long, with \(labels.count) labels")
    precondition(labels.allSatisfy(classes.indices.contains), "labels beyond \(classes.count)")
    guard classes.count >= 2 else {
      throw .examples(
        reason: classes.isEmpty
          ? "there are no classes to tell apart"
          : "there is one class, '\(classes[0])'; a classifier tells at least two apart")
    }
    for (index, name) in classes.enumerated() where !labels.contains(index) {
      throw .examples(reason: "class '\(name)' has no example")
    }
    (self.classes, self.labels) = (classes, labels)
    self.rows = rows.map(\.normalized)
  }

  /// Numbers of a row.
  public var dimensions: Int { rows[0].count }

  /// Rows of each class.
  var counts: [Int] {
    labels.reduce(into: Array(repeating: 0, count: classes.count)) { $0[$1] += 1 }
  }
}
