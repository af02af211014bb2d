internal import EfficientNetReports

/// How well every class is recognised, the worst first; of many classes the worst and the best.
struct ClassTable {
  let evaluation: Evaluation

  private static let worst = 50
  private static let best = 10

  var markup: HTML {
    let all = evaluation.perClass
    let scores = all.enumerated().filter { $0.element.count > 0 }
      .sorted { ($0.element.f1 ?? 0, $0.offset) < ($1.element.f1 ?? 0, $1.offset) }
      .map(\.element)
    let hidden = max(0, scores.count - Self.worst - Self.best)
    var result = HTML()
    if let macro = evaluation.macro {
      result += """
        <p>Means over the classes: precision \(macro.precision.percent()), recall \(macro.recall.percent()), \
        F1 \(macro.f1.percent()).\(hidden > 0 ? Self.note(scores.count) : "")</p>\n
        """
    }
    result += absent(all.filter { $0.count == 0 })
    result += """
      <div class="scroll"><table><thead><tr><th>class</th><th class="number">photos</th><th class="number">precision</th>\
      <th class="number">recall</th><th class="number">F1</th></tr></thead><tbody>\n
      """
    for (index, score) in scores.enumerated() {
      if hidden > 0, index == Self.worst {
        result += "<tr><td colspan=\"5\">… \(hidden.grouped) more …</td></tr>\n"
      }
      guard index < Self.worst || index >= scores.count - Self.best else { continue }
      result += """
        <tr><th>\(HTML.name(score.name))</th><td class="number">\(score.count.grouped)</td>\
        <td class="number">\(score.precision.percent())</td><td class="number">\(score.recall.percent())</td>\
        <td class="number bar" style="--share:\((score.f1 ?? 0).fixed(3))">\(score.f1.percent())</td></tr>\n
        """
    }
    result += "</tbody></table></div>\n"
    return result
  }

  private static func note(_ count: Int) -> HTML {
    " Of \(count.grouped) classes the \(worst) with the lowest F1 and the \(best) with the highest are shown."
  }

  private func absent(_ scores: [ClassScore]) -> HTML {
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
