internal import EfficientNet
internal import EfficientNetReports

/// What was taken for what: every pair where there are few classes, else those that were confused most often.
struct ConfusionTable {
  let evaluation: Evaluation

  static let mostClasses = 30
  private static let mostPairs = 40

  var markup: HTML {
    evaluation.classes.count <= Self.mostClasses ? map : list
  }

  /// A row for each true class, a column for each prediction, coloured by the share of the row.
  private var map: HTML {
    let classes = evaluation.classes
    var counts = [Int](repeating: 0, count: classes.count * classes.count)
    for pair in evaluation.confusion {
      counts[pair.truth * classes.count + pair.prediction] = pair.count
    }
    var result: HTML = """
      <p>A row for each true class, a column for what the network said; the colour is the share of the row, blue where it is right.</p>
      <div class="scroll"><table class="map"><thead><tr><th></th>
      """
    for label in classes { result += "<th><span>\(HTML.name(label.name, limit: 18))</span></th>" }
    result += "</tr></thead><tbody>\n"
    for (truth, label) in classes.enumerated() {
      result += "<tr><th>\(HTML.name(label.name, limit: 18))</th>"
      let row = counts[truth * classes.count..<(truth + 1) * classes.count]
      let total = Double(max(1, row.reduce(0, +)))
      for (prediction, count) in row.enumerated() {
        result += Self.cell(count, share: Double(count) / total, isRight: prediction == truth)
      }
      result += "</tr>\n"
    }
    result += "</tbody></table></div>\n"
    return result
  }

  private static func cell(_ count: Int, share: Double, isRight: Bool) -> HTML {
    guard count > 0 else {
      return isRight ? "<td class=\"none\">0</td>" : "<td class=\"none\"></td>"
    }
    // Few mistakes among many photos are what one looks for: the root makes them visible.
    let depth = isRight ? 0.1 + 0.8 * share : 0.1 + 0.8 * share.squareRoot()
    return """
      <td class="\(isRight ? "hit" : "miss")\(isRight && depth > 0.75 ? " deep" : "")" style="--share:\(depth.fixed(2))">\
      \(count.grouped)</td>
      """
  }

  private var list: HTML {
    let pairs = evaluation.mostConfused(Self.mostPairs)
    guard !pairs.isEmpty else { return "<p>No photo was taken for another class.</p>\n" }
    let scores = evaluation.perClass
    var result: HTML = """
      <p>The \(pairs.count) pairs that were confused most often.</p>
      <div class="scroll"><table><thead><tr><th>class</th><th>was taken for</th><th class="number">photos</th>\
      <th class="number">of the class</th></tr></thead><tbody>\n
      """
    for pair in pairs {
      let share = Double(pair.count) / Double(max(1, scores[pair.truth].count))
      result += """
        <tr><th>\(HTML.name(scores[pair.truth].name))</th><td>\(HTML.name(scores[pair.prediction].name))</td>\
        <td class="number">\(pair.count.grouped)</td><td class="number bar" style="--share:\(share.fixed(3))">\
        \(share.percent())</td></tr>\n
        """
    }
    result += "</tbody></table></div>\n"
    return result
  }
}
