internal import EfficientNet
internal import EfficientNetReports
internal import EfficientNetTraining

extension DimensionStudy {
  /// The point of a curve at a factor.
  private func standing(_ series: String, _ factor: Double, _ ranking: Ranking) -> Ranking.Standing?
  {
    ranking.standings.first {
      $0.candidate.series == series && self.factor(of: $0.candidate) == factor
    }
  }

  /// Whether all together beat each alone, factor by factor.
  func findings(_ ranking: Ranking) -> [String] {
    var findings: [String] = []
    if let base = ranking.standings.first(where: { $0.candidate.series == nil }) {
      findings.append(
        "Baseline: \((Double(base.cost.macs) / 1e6).fixed(2)) M operations, top-1 \(base.accuracy) %."
      )
    }
    for factor in factors {
      guard let compound = standing(Self.compound, factor, ranking) else { continue }
      let parts = ["depth", "width", "resolution"].compactMap { series -> String? in
        guard let alone = standing(series, factor, ranking),
          let difference = ranking.difference(compound, alone)
        else { return nil }
        let verdict =
          abs(difference.mean) <= difference.margin
          ? "cannot be told apart from" : difference.mean > 0 ? "beats" : "loses to"
        return "\(verdict) \(series) (\(alone.accuracy); \(Self.words(difference)))"
      }
      findings.append(
        "At \(factor.significant(3)) times the operations compound scaling (\(compound.accuracy) %) \(parts.joined(separator: ", "))."
      )
    }
    if !findings.isEmpty {
      findings.append(
        ranking.deviation == nil
          ? "In brackets: top-1 in percent; the difference with the margin that the number of validation photos gives, 95 %."
          : "In brackets: top-1 in percent with its standard error; the difference with its 95 % margin."
      )
    }
    return findings
  }

  /// The networks side by side at each factor, as the paper's table 7 has them.
  func table(_ ranking: Ranking) -> HTML {
    var result: HTML = """
      <p>The difference is that of compound scaling to the network, with its 95 % margin.</p>
      <div class="scroll"><table><thead><tr><th>operations ×</th><th>scaled</th><th class="number">depth</th>\
      <th class="number">width</th><th class="number">pixels</th><th class="number">parameters</th><th class="number">M MACs</th>\
      <th class="number">top-1, %</th><th class="number">difference</th></tr></thead><tbody>\n
      """
    func row(_ factor: String, _ name: String, _ standing: Ranking.Standing, _ difference: String) {
      let (cost, factors) = (standing.cost, standing.candidate.factors)
      result += """
        <tr><th>\(factor)</th><td>\(name)</td><td class="number">\(factors?.depth.fixed(2) ?? "")</td>\
        <td class="number">\(factors?.width.fixed(2) ?? "")</td>\
        <td class="number">\(standing.candidate.architecture.resolution)</td><td class="number">\(cost.parameters.grouped)</td>\
        <td class="number">\((Double(cost.macs) / 1e6).fixed(2))</td><td class="number">\(standing.accuracy)</td>\
        <td class="number">\(difference)</td></tr>\n
        """
    }
    if let base = ranking.standings.first(where: { $0.candidate.series == nil }) {
      row("1", "baseline", base, "")
    }
    for factor in factors {
      let compound = standing(Self.compound, factor, ranking)
      for series in ["depth", "width", "resolution", Self.compound] {
        guard let standing = standing(series, factor, ranking) else { continue }
        let difference = compound.flatMap { ranking.difference($0, standing) }
        row(
          series == "depth" ? factor.significant(3) : "", series, standing,
          series == Self.compound ? "" : difference.map(Self.words) ?? "–")
      }
    }
    result += "</tbody></table></div>\n"
    return result
  }

  /// For instance "+1.2 ± 0.8", in points.
  private static func words(_ difference: (mean: Double, margin: Double)) -> String {
    let (mean, margin) = (100 * difference.mean, 100 * difference.margin)
    return "\(mean < 0 ? "−" : "+")\(abs(mean).fixed(1)) ± \(margin.fixed(1))"
  }

  /// The curves: each dimension alone and all together; and width under other depths and resolutions.
  func charts(_ ranking: Ranking) -> [(name: String, chart: Chart)] {
    let xLabel = "million multiply-accumulate operations"
    let base = ranking.standings.first { $0.candidate.series == nil }?.point
    func line(
      _ name: String, _ series: String, from first: Chart.Point?, _ style: Chart.Line.Style
    ) -> Chart.Line {
      let points = ranking.standings.filter { $0.candidate.series == series }.compactMap(\.point)
      return Chart.Line(name, ([first].compactMap(\.self) + points).sorted { $0.x < $1.x }, style)
    }
    var main = Chart(title: "Accuracy by what is scaled", xLabel: xLabel)
    (main.xScale, main.yStyle) = (.doubling, .percent)
    main.lines = [
      line("depth", "depth", from: base, .training), line("width", "width", from: base, .other),
      line("resolution", "resolution", from: base, .fourth),
      line("compound", Self.compound, from: base, .validation),
    ]
    guard !settings.isEmpty else { return [("dimensions", main)] }
    var under = Chart(title: "Width under other depths and resolutions", xLabel: xLabel)
    (under.xScale, under.yStyle) = (.doubling, .percent)
    let styles: [Chart.Line.Style] = [.other, .fourth, .validation, .fifth, .faint]
    under.lines = [line("d=1 r=1", "width", from: base, .training)]
    for (index, setting) in settings.enumerated() {
      under.lines.append(
        line(
          "d=\(setting.depth.significant(3)) r=\(setting.resolution.significant(3))",
          setting.series, from: nil, styles[index % styles.count]))
    }
    return [("dimensions", main), ("width", under)]
  }
}
