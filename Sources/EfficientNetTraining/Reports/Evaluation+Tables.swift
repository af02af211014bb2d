internal import EfficientNet
internal import EfficientNetReports

extension Evaluation {
  private static let (mostClasses, mostPairs) = (30, 40)
  private static let (worstClasses, bestClasses) = (50, 10)

  /// The confusion: every pair if there are few classes, else the most frequent confusions.
  var confusionTable: HTML { classes.count <= Self.mostClasses ? confusionMap : confusionList }

  /// A row per true class and a column per prediction, coloured by the share of the row.
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
      <p>Rows are true classes, columns are predictions. The colour shows the share of the row; blue is right.</p>
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
      .number("photos") { $0.count.grouped },
      ReportColumn(heading: "<th class=\"number\">share of the class</th>") { pair in
        let share = Double(pair.count) / Double(max(1, scores[pair.truth].count))
        return """
          <td class="number bar" style="--share:\(share.fixed(3))">\(share.percent())</td>
          """
      },
    ]
    return """
      <p>The \(pairs.count) most frequent confusions.</p>
      \(HTML.table(pairs, columns))
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
        <p>Means over the classes: precision \(macro.precision.percent()), recall \(macro.recall.percent()), \
        F1 \(macro.f1.percent()).\(hidden > 0 ? note : "")</p>\n
        """
    }
    result += Self.absent(all.filter { $0.count == 0 })
    result += """
      <div class="scroll"><table><thead><tr><th>class</th><th class="number">photos</th><th class="number">precision</th>\
      <th class="number">recall</th><th class="number">F1</th></tr></thead><tbody>\n
      """
    for (index, score) in scores.enumerated() {
      if hidden > 0, index == Self.worstClasses {
        result += "<tr><td colspan=\"5\">… \(hidden.grouped) more …</td></tr>\n"
      }
      guard index < Self.worstClasses || index >= scores.count - Self.bestClasses else { continue }
      result += """
        <tr><th>\(HTML.name(score.name))</th><td class="number">\(score.count.grouped)</td>\
        <td class="number">\(score.precision.percent())</td><td class="number">\(score.recall.percent())</td>\
        <td class="number bar" style="--share:\((score.f1 ?? 0).fixed(3))">\(score.f1.percent())</td></tr>\n
        """
    }
    result += "</tbody></table></div>\n"
    return result
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
