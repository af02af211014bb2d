import EfficientNetCompute
import EfficientNetFeatures
import EfficientNetReports
import EfficientNetTraining

/// How many examples or evaluated photos, and how many other photos, each value of --threshold
/// sorts into the folders of classes, and how many examples wrongly. For `effnet classify`, only
/// photos are known.
struct ThresholdTable {
  /// A value of --threshold.
  private struct Row {
    /// Nil for no threshold, which sorts all photos.
    let threshold: Double?
    /// The number of left-out examples, or of evaluated photos, that are sorted.
    var examples = 0
    /// The number of these whose class is wrong.
    var wrong = 0
    /// The number of these that are of the class "other" and sorted into another one.
    var strays = 0
    var photos = 0

    /// Returns whether a photo is sorted by its best class.
    func sorts(_ probability: Double, isUnlike: Bool) -> Bool {
      threshold.map { !isUnlike && probability >= $0 } ?? true
    }
  }

  private var rows: [Row]
  /// The noun for what is known to be right or wrong; nil if nothing is.
  private let noun: String?
  /// The name of the class for photos of none of the other classes; nil without one, or without
  /// photos of it among those that are known.
  private let other: String?
  /// How to choose a threshold; no lines if one was chosen.
  private var advice: [String] = []

  /// Creates a table without photos.
  ///
  /// - Parameters:
  ///   - validation: The left-out examples.
  ///   - classes: The names of the classes.
  ///   - chosen: A threshold to show besides the usual ones.
  init(_ validation: CrossValidation, classes: [String], chosen: Double?) {
    let thresholds = Set([0.6, 0.8, 0.9, 0.95] + [chosen].compactMap(\.self)).sorted()
    self.init(
      "examples", classes, thresholds,
      validation.outcomes.map { ($0.probability, $0.isUnlike, $0.label, $0.prediction) },
      start: chosen == nil ? 0.8 : nil)
  }

  init(_ outcomes: [Evaluation.Outcome], classes: [String]) {
    self.init(
      "photos", classes, Self.ofNetworks,
      outcomes.map { ($0.probability, false, $0.label, $0.prediction) },
      start: 0.6, remark: "it suits this network only; 'label' and other networks need another one")
  }

  /// Creates a table for the photos that a network sorts.
  ///
  /// - Parameter chosen: A threshold to show besides the usual ones.
  init(chosen: Double?) {
    self.init(
      nil, [], Set(Self.ofNetworks + [chosen].compactMap(\.self)).sorted(), [], start: nil)
  }

  /// The usual thresholds of trained networks, which are less sure than `effnet label`.
  private static let ofNetworks = [0.5, 0.6, 0.7, 0.8, 0.9]

  /// How to choose a threshold: one rule only.
  ///
  /// - Parameter start: The threshold to start with if the table shows no limit.
  private func advice(_ start: Double) -> [String] {
    let noun = noun ?? ""
    let rule = "to choose --threshold: take the lowest one with no more"
    if let other = other?.oneLine, rows[0].strays > 0 {
      return [
        "\(rule) '\(other)' in a class than you accept: photos of other things may go into "
          + "'\(other)' or into unsure alike; the column knows only such things as your examples "
          + "of '\(other)'"
      ]
    }
    let first =
      rows[0].wrong > 0
      ? "\(rule) wrong \(noun) than you accept"
      : "none of these \(noun) is wrong, so the table does not show which --threshold to take: "
        + "start with \(start)"
    guard other == nil else { return [first] }
    return [
      first,
      "these \(noun) show only your classes; a photo of something else can pass every threshold, "
        + "so look through the sorted folders, too",
    ]
  }

  /// - Parameters:
  ///   - start: The threshold to start with if the table shows no limit; nil for no advice.
  ///   - remark: A line after the first one of the advice.
  private init(
    _ noun: String?, _ classes: [String], _ thresholds: [Double],
    _ outcomes: [(probability: Double, isUnlike: Bool, label: Int, prediction: Int)],
    start: Double?, remark: String? = nil
  ) {
    self.noun = noun
    let index = Self.other(of: classes).flatMap { other in
      outcomes.contains { $0.label == other } ? other : nil
    }
    other = index.map { classes[$0] }
    rows = ([nil] + thresholds.map(Optional.some)).map { threshold in
      var row = Row(threshold: threshold)
      for outcome in outcomes where row.sorts(outcome.probability, isUnlike: outcome.isUnlike) {
        row.examples += 1
        guard outcome.prediction != outcome.label else { continue }
        row.wrong += 1
        if outcome.label == index { row.strays += 1 }
      }
      return row
    }
    if let start {
      advice = self.advice(start)
      if let remark { advice.insert(remark, at: 1) }
    }
  }

  /// Returns the index of the class for photos of none of the other classes; nil without one.
  static func other(of classes: [String]) -> Int? {
    classes.firstIndex { ["other", "others"].contains($0.lowercased()) }
  }

  mutating func count(_ probability: Double, isUnlike: Bool = false) {
    for index in rows.indices where rows[index].sorts(probability, isUnlike: isUnlike) {
      rows[index].photos += 1
    }
  }

  /// The table and how to read it; no lines if no example was left out.
  ///
  /// - Parameter hasPhotos: Whether to show the photos that were counted.
  func lines(hasPhotos: Bool) -> [String] {
    var columns: [TextColumn<Row>] = [
      .left("threshold") { $0.threshold.map { "\($0)" } ?? "none" }
    ]
    if let noun {
      guard rows[0].examples > 0 else { return [] }
      columns.append(.right("\(noun) sorted") { $0.examples.grouped })
      columns.append(.right("wrong \(noun)") { $0.wrong.grouped })
    }
    if let other {
      columns.append(.right("'\(other.oneLine)' in a class") { $0.strays.grouped })
    }
    if hasPhotos { columns.append(.right("photos sorted") { $0.photos.grouped }) }
    return rows.tableLines(columns) + advice
  }

  /// The thresholds with the numbers of examples.
  var json: [JSONObject] {
    rows.filter { $0.threshold != nil }
      .map { ["threshold": $0.threshold, "examples": $0.examples, "wrong": $0.wrong] }
  }
}
