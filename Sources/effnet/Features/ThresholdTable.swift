import EfficientNetFeatures
import EfficientNetReports
import EfficientNetTraining

/// How many examples or evaluated photos, and how many other photos, each value of --threshold
/// sorts into the folders of classes, and how many examples wrongly.
struct ThresholdTable {
  /// A value of --threshold.
  private struct Row {
    /// Nil for no threshold, which sorts all photos.
    let threshold: Double?
    /// The number of left-out examples, or of evaluated photos, that are sorted.
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
  /// The noun for what is known to be right or wrong.
  private let noun: String
  /// How to read the table.
  private let advice: String

  /// Creates a table without photos.
  ///
  /// - Parameters:
  ///   - validation: The left-out examples.
  ///   - chosen: A threshold to show besides the usual ones.
  init(_ validation: CrossValidation, chosen: Double?) {
    let thresholds = Set([0.6, 0.8, 0.9, 0.95] + [chosen].compactMap(\.self)).sorted()
    rows = Self.rows(
      thresholds, validation.outcomes.map { ($0.probability, $0.isUnlike, $0.isRight) })
    noun = "examples"
    advice =
      "to choose --threshold: the lowest one that sorts few wrong examples but still most of the "
      + "right ones; a higher one if many photos show none of your classes, which the column "
      + "'wrong examples' cannot count"
  }

  /// Creates the table of a network that was evaluated.
  init(_ outcomes: [Evaluation.Outcome]) {
    rows = Self.rows(
      [0.5, 0.6, 0.7, 0.8, 0.9], outcomes.map { ($0.probability, false, $0.isRight) })
    noun = "photos"
    advice =
      "to choose --threshold with this network: the lowest one that sorts few wrong photos but "
      + "still most of the right ones; thresholds of 'label' and of other networks are not comparable"
  }

  private static func rows(
    _ thresholds: [Double], _ outcomes: [(probability: Double, isUnlike: Bool, isRight: Bool)]
  ) -> [Row] {
    ([nil] + thresholds.map(Optional.some)).map { threshold in
      var row = Row(threshold: threshold)
      for outcome in outcomes where row.sorts(outcome.probability, isUnlike: outcome.isUnlike) {
        row.examples += 1
        if !outcome.isRight { row.wrong += 1 }
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
      .right("\(noun) sorted") { $0.examples.grouped },
      .right("wrong \(noun)") { $0.wrong.grouped },
    ]
    if hasPhotos { columns.append(.right("photos sorted") { $0.photos.grouped }) }
    return rows.tableLines(columns) + [advice]
  }

  /// The thresholds with the numbers of examples.
  var json: [JSONObject] {
    rows.filter { $0.threshold != nil }
      .map { ["threshold": $0.threshold, "examples": $0.examples, "wrong": $0.wrong] }
  }
}
