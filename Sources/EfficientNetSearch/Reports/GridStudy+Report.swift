internal import EfficientNet
internal import EfficientNetReports
internal import EfficientNetTraining

extension GridStudy {
  func findings(_ ranking: Ranking) -> [String] {
    var findings = [ranking.headline { $0.coefficients?.words ?? $0.name }]
    guard let best = ranking.best else { return findings }
    if ranking.verdict != .nearChance,
      let paper = ranking.standings.first(where: { $0.candidate.coefficients == .paper }),
      let difference = ranking.differenceToBest(paper)
    {
      findings.append(
        paper == best
          ? "This is the paper's choice for B0 and ImageNet."
          : "The paper's choice for B0 and ImageNet, \(CompoundCoefficients.paper.words), "
            + "has \(paper.accuracy) %: \((100 * difference.mean).fixed(1)) points less, "
            + "with a margin of \((100 * difference.margin).fixed(1)) points."
      )
    }
    let tail = Ranking.tailOfBest(among: ranking.standings)
    findings += [
      ranking.marginRemark(tail: tail),
      ranking.pairedRemark { $0.coefficients?.words ?? $0.name }, ranking.leftOutRemark,
    ].compactMap(\.self)
    let macs = (ranking.standings + ranking.leftOut).map { Double($0.cost.macs) }
    let base = Double(NetworkCost(baseline).macs)
    if let least = macs.min(), let most = macs.max() {
      let range = [least, most].map { ($0 / base).fixed(2) }
      findings.append(
        "After rounding, the networks have "
          + (range[0] == range[1] ? range[0] : range.joined(separator: " to "))
          + " times the operations of the baseline"
          + (matchesCost ? ", each as close to \(grid.budget.fixed(2)) as possible." : "."))
    }
    let phis = candidates.compactMap(\.phi)
    if let least = phis.min(), let most = phis.max(), least < 0.5 || most > 2 {
      findings.append(
        "φ had to be \(least.significant(3)) to \(most.significant(3)) to meet the budget, "
          + "so these networks differ much from their α, β and γ. "
          + (rule == rule.fine
            ? "A wider baseline helps." : "Finer rounding (--fine) or a wider baseline helps."))
    }
    let distinct = Set(candidates.map(\.nameless)).count
    if distinct < candidates.count {
      findings.append(
        "Rounding turns \(candidates.count) points into "
          + distinct.counted("different network", "different networks")
          + "; equal ones were trained once."
      )
    }
    return findings
  }

  /// The best accuracy for each β and γ.
  func surface(_ ranking: Ranking) -> HTML {
    let points = ranking.standings.compactMap { standing in
      standing.candidate.coefficients.map { (point: $0, standing: standing) }
    }
    let means = points.compactMap(\.standing.mean)
    guard let low = means.min(), let high = means.max() else {
      return "<p>Nothing was measured.</p>\n"
    }
    let widths = Set(points.map(\.point.width)).sorted()
    let resolutions = Set(points.map(\.point.resolution)).sorted()
    let columns = resolutions.map { resolution in
      ReportColumn<Double>(heading: "<th>\(resolution.fixed(2))</th>") { width in
        // By rank, so the first is the best.
        let point = points.first {
          $0.point.width == width && $0.point.resolution == resolution
        }
        guard let point, let mean = point.standing.mean else { return "<td class=\"none\"></td>" }
        let share = high > low ? (mean - low) / (high - low) : 1
        let isBest = point.standing == ranking.best
        return """
          <td class="\(isBest ? "miss" : "hit")\(share > 0.75 && !isBest ? " deep" : "")" \
          style="--share:\((0.08 + 0.82 * share).fixed(2))">\((100 * mean).fixed(1))<br><small>α \(point.point.depth.fixed(2))</small></td>
          """
      }
    }
    let table: HTML = .table(
      widths, style: "map", [.name("β \\ γ") { "\($0.fixed(2))" }] + columns)
    return """
      <p>Each row is a β (width), each column a γ (resolution). A cell shows top-1 in percent; the \
      small number is the α (depth) that fills the budget; if several do, the cell shows the best. \
      Deeper blue is a higher top-1; the highest cell is orange.</p>
      \(table)
      """
  }

  /// A chart of the accuracy of every network against its operations.
  func chart(_ ranking: Ranking) -> Chart {
    var chart = Chart(
      title: "Accuracy of each α, β, γ", xLabel: "million multiply-accumulate operations")
    chart.yStyle = .percent
    func line(_ name: String, _ style: Chart.Line.Style, _ isOn: (Ranking.Standing) -> Bool) {
      let points = (ranking.standings + ranking.leftOut).filter(isOn).compactMap(\.point).sorted {
        $0.x < $1.x
      }
      chart.addPoints(name, points, style)
    }
    let isBest = ranking.verdict == .best
    line(isBest ? "best" : "highest", .validation) { $0 == ranking.best }
    line("tied with it", .training) {
      $0.isTied && $0 != ranking.best && $0.leftOutAfter == nil
    }
    line("others", .faint) { !$0.isTied && $0.leftOutAfter == nil }
    line("left out earlier", .other) { $0.leftOutAfter != nil }
    return chart
  }
}

extension CompoundCoefficients {
  /// The coefficients in words, such as "α 1.2, β 1.1, γ 1.15".
  package var words: String {
    "α \(depth.significant(4)), β \(width.significant(4)), γ \(resolution.significant(4))"
  }
}
