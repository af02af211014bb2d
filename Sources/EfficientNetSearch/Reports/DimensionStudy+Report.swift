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

  private func baseline(_ ranking: Ranking) -> Ranking.Standing? {
    ranking.standings.first { $0.candidate.series == nil }
  }

  /// The comparison of compound scaling with each dimension alone, factor by factor.
  func findings(_ ranking: Ranking) -> [String] {
    var findings: [String] = []
    if let base = baseline(ranking) {
      findings.append(
        "Baseline: \(base.cost.macs.millions) M operations, top-1 \(base.accuracy) %.")
    }
    for factor in factors {
      guard let compound = standing(Self.compound, factor, ranking) else { continue }
      let parts = ["depth", "width", "resolution"].compactMap { series -> String? in
        guard let alone = standing(series, factor, ranking),
          let difference = ranking.difference(compound, alone)
        else { return nil }
        return
          "\(Ranking.verdict(difference)) \(series) (\(alone.accuracy); \(Ranking.words(difference)))"
      }
      findings.append(
        "At \(factor.significant(3)) times the operations, compound scaling "
          + "(\(compound.accuracy) %) \(parts.joined(separator: ", "))."
      )
    }
    if !findings.isEmpty {
      findings.append(
        ranking.deviation == nil
          ? "In brackets: top-1 in percent; "
            + "the difference with its 95 % margin for the number of validation photos."
          : "In brackets: top-1 in percent with its standard error; "
            + "the difference with its 95 % margin."
      )
    }
    return findings
  }

  /// The networks at each factor side by side, as in the paper's table 7.
  func table(_ ranking: Ranking) -> HTML {
    typealias Row = (
      factor: String, name: String, standing: Ranking.Standing, difference: String
    )
    var rows: [Row] = []
    if let base = baseline(ranking) {
      rows.append(("1", "baseline", base, ""))
    }
    for factor in factors {
      let compound = standing(Self.compound, factor, ranking)
      for series in ["depth", "width", "resolution", Self.compound] {
        guard let standing = standing(series, factor, ranking) else { continue }
        let difference = compound.flatMap { ranking.difference($0, standing) }
        rows.append(
          (
            series == "depth" ? factor.significant(3) : "", series, standing,
            series == Self.compound ? "" : difference.map(Ranking.words) ?? "–"
          ))
      }
    }
    let table: HTML = .table(
      rows,
      [
        .name("operations ×") { "\($0.factor)" },
        .text("scaled") { $0.name },
        .number("depth") { $0.standing.candidate.factors?.depth.fixed(2) },
        .number("width") { $0.standing.candidate.factors?.width.fixed(2) },
        .number("pixels") { "\($0.standing.candidate.architecture.resolution)" },
        .number("parameters") { $0.standing.cost.parameters.grouped },
        .number("M MACs") { $0.standing.cost.macs.millions },
        .number("top-1, %") { $0.standing.accuracy },
        .number("difference") { $0.difference },
      ])
    return """
      <p>The difference is compound scaling minus the network, in points of top-1 with the 95 % \
      margin.</p>
      \(table)
      """
  }

  /// The charts: each dimension alone and all together, and width at other depths and resolutions.
  func charts(_ ranking: Ranking) -> [(name: String, chart: Chart)] {
    let xLabel = "million multiply-accumulate operations"
    let base = baseline(ranking)?.point
    func line(
      _ name: String, _ series: String, from first: Chart.Point?, _ style: Chart.Line.Style
    ) -> Chart.Line {
      let points = ranking.standings.filter { $0.candidate.series == series }.compactMap(\.point)
      return Chart.Line(name, ([first].compactMap(\.self) + points).sorted { $0.x < $1.x }, style)
    }
    var main = Chart(title: "Accuracy by scaled dimension", xLabel: xLabel)
    (main.xScale, main.yStyle) = (.doubling, .percent)
    main.lines = [
      line("depth", "depth", from: base, .training), line("width", "width", from: base, .other),
      line("resolution", "resolution", from: base, .fourth),
      line("compound", Self.compound, from: base, .validation),
    ]
    guard !settings.isEmpty else { return [("dimensions", main)] }
    var under = Chart(title: "Width at other depths and resolutions", xLabel: xLabel)
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
