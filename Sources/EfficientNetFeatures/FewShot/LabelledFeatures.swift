internal import EfficientNetCompute

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
  ///   - rows: The features of the photos, one row each, all with the same number of features.
  ///   - labels: The class of each row, as an index into `classes`.
  /// - Throws: ``FeaturesError/examples(reason:)`` if there are fewer than two classes, two classes
  ///   have the same name, a class has no row, the numbers of rows and labels differ, a label is not
  ///   an index of `classes`, or a row has another length than the first one, no number, NaN or
  ///   infinity.
  public init(classes: [String], rows: [[Float]], labels: [Int]) throws(FeaturesError) {
    guard classes.count >= 2 else {
      throw .examples(
        reason: classes.isEmpty
          ? "there are no classes; a classifier needs at least two"
          : "there is only one class, '\(classes[0])'; a classifier needs at least two")
    }
    // Names are compared byte by byte, like names of folders.
    var names: Set<ExactText> = []
    for name in classes where !names.insert(ExactText(name)).inserted {
      throw .examples(reason: "two classes have the name '\(name)'; give each another name")
    }
    try Self.check(rows, labels, classes: classes.count)
    for (index, name) in classes.enumerated() where !labels.contains(index) {
      throw .examples(reason: "class '\(name)' has no example; add one, or remove the class")
    }
    (self.classes, self.labels) = (classes, labels)
    self.rows = rows.map(\.normalized)
  }

  private static func check(
    _ rows: [[Float]], _ labels: [Int], classes: Int
  ) throws(FeaturesError) {
    guard rows.count == labels.count else {
      throw .examples(
        reason: "there are \(rows.count) rows and \(labels.count) labels; "
          + "each row of features needs one label")
    }
    for (index, label) in labels.enumerated() where !(0..<classes ~= label) {
      throw .examples(
        reason: "label \(index) is \(label); it must be the number of a class, "
          + "from 0 to \(classes - 1)")
    }
    for (index, row) in rows.enumerated() {
      guard !row.isEmpty else { throw .examples(reason: "row \(index) of the examples is empty") }
      guard row.count == rows[0].count else {
        throw .examples(
          reason: "row \(index) of the examples has \(row.count) numbers, row 0 has "
            + "\(rows[0].count); make all rows with the same network and stage")
      }
      guard row.allSatisfy(\.isFinite) else {
        throw .examples(
          reason: "row \(index) of the examples has NaN or infinity; leave its photo out")
      }
    }
  }

  /// The number of features of a row.
  public var dimensions: Int { rows[0].count }

  var counts: [Int] {
    labels.reduce(into: Array(repeating: 0, count: classes.count)) { $0[$1] += 1 }
  }
}
