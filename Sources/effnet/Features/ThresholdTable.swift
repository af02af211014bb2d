import EfficientNetFeatures
import EfficientNetReports

/// How many examples and photos each value of --threshold sorts into the folders of classes, and how
/// many examples wrongly.
struct ThresholdTable {
  /// A value of --threshold.
  private struct Row {
    /// Nil for no threshold, which sorts all photos.
    let threshold: Double?
    /// The number of left-out examples that are sorted.
    var examples = 0
    /// The number of these whose class is wrong.
    var wrong = 0
    /// The number of photos that are sorted.
    var photos = 0

    /// Returns whether a photo is sorted by its best class.
    func sorts(_ probability: Double, isUnlike: Bool) -> Bool {
      threshold.map { !isUnlike && probability >= $0 } ?? true
    }
  }

  private var rows: [Row]

  /// The thresholds of every table.
  private static let thresholds = [0.6, 0.8, 0.9, 0.95]
  /// How to read the table.
  private static let advice =
    "to choose --threshold: the lowest one that sorts few wrong examples but still most of the right "
    + "ones; a higher one if many photos show none of your classes"

  /// Creates a table without photos.
  ///
  /// - Parameters:
  ///   - validation: The left-out examples.
  ///   - chosen: A threshold to show besides the usual ones.
  init(_ validation: CrossValidation, chosen: Double?) {
    let thresholds = Set(Self.thresholds + [chosen].compactMap(\.self)).sorted()
    rows = ([nil] + thresholds.map(Optional.some)).map { threshold in
      var row = Row(threshold: threshold)
      for example in validation.outcomes
      where row.sorts(example.probability, isUnlike: example.isUnlike) {
        row.examples += 1
        if !example.isRight { row.wrong += 1 }
      }
      return row
    }
  }

  /// Counts a photo.
  mutating func count(_ probability: Double, isUnlike: Bool) {
    for index in rows.indices where rows[index].sorts(probability, isUnlike: isUnlike) {
      rows[index].photos += 1
    }
  }

  /// The table and how to read it; no lines if no example was left out.
  ///
  /// - Parameter hasPhotos: Whether to show the photos that were counted.
  func lines(hasPhotos: Bool) -> [String] {
    guard let first = rows.first, first.examples > 0 else { return [] }
    var columns: [TextColumn<Row>] = [
      .left("threshold") { $0.threshold.map { "\($0)" } ?? "none" },
      .right("examples sorted") { $0.examples.grouped }, .right("wrong") { $0.wrong.grouped },
    ]
    if hasPhotos { columns.append(.right("photos sorted") { $0.photos.grouped }) }
    return rows.tableLines(columns) + [Self.advice]
  }

  /// The thresholds with the numbers of examples.
  var json: [JSONObject] {
    rows.filter { $0.threshold != nil }
      .map { ["threshold": $0.threshold, "examples": $0.examples, "wrong": $0.wrong] }
  }
}
