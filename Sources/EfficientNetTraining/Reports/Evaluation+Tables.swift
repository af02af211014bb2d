internal import EfficientNet
internal import EfficientNetReports

extension Evaluation {
  private static let (mostClasses, mostPairs) = (30, 40)
  private static let (worstClasses, bestClasses) = (50, 10)
  /// The rows of a long table that are not folded.
  private static let visibleRows = 20

  /// The confusion: every pair if there are few classes, else the most frequent confusions.
  var confusionTable: HTML { classes.count <= Self.mostClasses ? confusionMap : confusionList }

  /// A row per true class and a column per prediction, colored by the share of the row.
  private var confusionMap: HTML {
    let none = [Int](repeating: 0, count: classes.count)
    var counts = [[Int]](repeating: none, count: classes.count)
    for pair in confusion { counts[pair.truth][pair.prediction] = pair.count }
    let names = classes.map { HTML.name($0.name, limit: 18) }
    let columns = classes.indices.map { prediction in
      ReportColumn<Int>(heading: "<th><span>\(names[prediction])</span></th>") { truth in
        let count = counts[truth][prediction]
        let total = max(1, counts[truth].reduce(0, +))
        return Self.cell(
          count, share: Double(count) / Double(total), isRight: prediction == truth)
      }
    }
    return """
      <p>Rows are true classes, columns are predictions. The color shows the share of the row; blue is right.</p>
      \(HTML.table(classes.indices, style: "map", [.name("") { names[$0] }] + columns))
      """
  }

  private static func cell(_ count: Int, share: Double, isRight: Bool) -> HTML {
    guard count > 0 else {
      return isRight ? "<td class=\"none\">0</td>" : "<td class=\"none\"></td>"
    }
    // The square root makes rare mistakes visible, which the reader looks for.
    let depth = isRight ? 0.1 + 0.8 * share : 0.1 + 0.8 * share.squareRoot()
    return """
      <td class="\(isRight ? "hit" : "miss")\(isRight && depth > 0.75 ? " deep" : "")" style="--share:\(depth.fixed(2))">\
      \(count.grouped)</td>
      """
  }

  private var confusionList: HTML {
    let pairs = mostConfused(Self.mostPairs)
    guard !pairs.isEmpty else { return "<p>No photo was misclassified.</p>\n" }
    let scores = perClass
    let columns: [ReportColumn<Confusion>] = [
      .name("class") { HTML.name(scores[$0.truth].name) },
      ReportColumn(heading: "<th>predicted</th>") {
        "<td>\(HTML.name(scores[$0.prediction].name))</td>"
      },
      ReportColumn(heading: "<th class=\"number\">share of the class</th>") { pair in
        let part = Proportion(pair.count, of: scores[pair.truth].count)
        return """
          <td class="number bar" style="--share:\(part.share.fixed(3))">\(part.shortText)</td>
          """
      },
    ]
    return """
      <p>The \(pairs.count) most frequent confusions.</p>
      \(HTML.table(pairs, visible: Self.visibleRows, columns))
      """
  }

  /// The scores of the classes, the worst first; of many classes only the worst and the best.
  var classTable: HTML {
    let all = perClass
    let scores = all.enumerated().filter { $0.element.count > 0 }
      .sorted { ($0.element.f1 ?? 0, $0.offset) < ($1.element.f1 ?? 0, $1.offset) }
      .map(\.element)
    let hidden = max(0, scores.count - Self.worstClasses - Self.bestClasses)
    var result = HTML()
    if let macro {
      let note: HTML = """
         Shown are the \(Self.worstClasses) classes with the lowest F1 and the \(Self.bestClasses) with \
        the highest, of \(scores.count.grouped).
        """
      result += """
        <p>Recall: the photos of the class that are recognized. Precision: the predictions of the class that are \
        right. F1: the harmonic mean of both. Means over the classes: recall \(macro.recall.percent()), \
        precision \(macro.precision.percent()), F1 \(macro.f1.percent()).\(hidden > 0 ? note : "")</p>\n
        """
    }
    result += Self.absent(all.filter { $0.count == 0 })
    var rows: [ClassScore?] = scores
    if hidden > 0 {
      rows.replaceSubrange(Self.worstClasses..<scores.count - Self.bestClasses, with: [nil])
    }
    let columns: [ReportColumn<ClassScore?>] = [
      .name("class") { $0.map { HTML.name($0.name) } ?? "… \(hidden.grouped) more …" },
      Self.column("recall", \.recalled), Self.column("precision", \.precise),
      ReportColumn(heading: "<th class=\"number\">F1</th>") { score in
        guard let f1 = score?.f1 else { return "<td></td>" }
        return """
          <td class="number bar" style="--share:\(f1.fixed(3))">\(f1.percent())</td>
          """
      },
    ]
    result += .table(rows, style: "scores", visible: Self.visibleRows, columns)
    return result
  }

  /// A column of counts, with their intervals as tooltips.
  private static func column(
    _ heading: String, _ part: @escaping (ClassScore) -> Proportion
  ) -> ReportColumn<ClassScore?> {
    ReportColumn(heading: "<th class=\"number\">\(heading)</th>") { score in
      guard let part = score.map(part) else { return "<td></td>" }
      return """
        <td class="number" title="95 % interval \(part.intervalText)">\(part.shortText)</td>
        """
    }
  }

  private static func absent(_ scores: [ClassScore]) -> HTML {
    guard !scores.isEmpty else { return "" }
    var result: HTML = "<p>\(scores.count.grouped) "
    result += scores.count == 1 ? "class has no photos here: " : "classes have no photos here: "
    for (index, score) in scores.prefix(10).enumerated() {
      result += "\(index > 0 ? ", " : "")\(HTML.name(score.name, limit: 40))"
    }
    result += scores.count > 10 ? ", …</p>\n" : "</p>\n"
    return result
  }
}
