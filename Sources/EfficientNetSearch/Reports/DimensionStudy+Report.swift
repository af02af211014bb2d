package import EfficientNet
internal import EfficientNetReports
internal import EfficientNetTraining

extension DimensionStudy {
  /// A network in the table of operations and accuracies.
  package struct Row {
    package let standing: Ranking.Standing
    /// The network in words, such as "compound 2×".
    package let title: String
    /// The factor on the baseline's operations that was asked for; nil for the baseline and for
    /// other depths and resolutions.
    package let asked: Double?
    /// The factor that the network has after rounding.
    package let reached: Double
    /// Its factors on depth, width and resolution, before rounding. Their product, depth · width² ·
    /// resolution², is the growth of the operations that they promise.
    package let factors: CompoundCoefficients?
    /// The accuracy of compound scaling by the same factor minus that of the network, with the 95 %
    /// margin; nil for other networks.
    package let difference: (mean: Double, margin: Double)?

    /// The comparison with compound scaling in a word; empty for other networks.
    package var verdict: String {
      difference.map { abs($0.mean) <= $0.margin ? "tied" : $0.mean > 0 ? "better" : "worse" } ?? ""
    }

    /// The layers of each stage after rounding, such as "1-2-2".
    package var repeats: String { standing.candidate.architecture.stages.map(\.repeats).dashed }
    /// The channels of each stage after rounding, such as "16-24-40".
    package var channels: String { standing.candidate.architecture.stages.map(\.channels).dashed }

    /// The difference in points, such as "+1.2 ± 0.8"; empty for other networks.
    package var differenceText: String { difference.map(Ranking.words) ?? "" }
  }

  /// The networks side by side as in the paper's table 7: the baseline, then all networks of each
  /// factor, then width at other depths and resolutions.
  package func rows(_ ranking: Ranking) -> [Row] {
    func standing(_ candidate: Candidate) -> Ranking.Standing? {
      ranking.standings.first { $0.candidate.name == candidate.name }
    }
    func row(_ candidate: Candidate, compound: Ranking.Standing? = nil) -> Row? {
      standing(candidate).map { standing in
        Row(
          standing: standing, title: title(of: candidate), asked: factor(of: candidate),
          reached: reachedFactor(of: candidate), factors: candidate.factors,
          difference: compound == standing
            ? nil : compound.flatMap { ranking.difference($0, standing) })
      }
    }
    let baseline = candidates.filter { $0.series == nil }
    let curves = factors.flatMap { factor -> [Row] in
      let networks = candidates.filter { self.factor(of: $0) == factor }
      let compound = networks.first { $0.series == Self.compound }.flatMap(standing)
      return networks.compactMap { row($0, compound: compound) }
    }
    let others = candidates.filter { $0.series != nil && self.factor(of: $0) == nil }
    return baseline.compactMap { row($0) } + curves + others.compactMap { row($0) }
  }

  /// The result in sentences; the table of ``rows(_:)`` has the comparisons.
  func findings(_ ranking: Ranking) -> [String] {
    let rows = rows(ranking)
    var findings = [ranking.headline(title)]
    if let sentence = versusBaseline(ranking) { findings.append(sentence) }
    if ranking.verdict == .best || ranking.verdict == .tie {
      let compared = rows.filter { $0.difference != nil }
      func count(_ verdict: String) -> Int { compared.filter { $0.verdict == verdict }.count }
      if !compared.isEmpty {
        findings.append(
          "Compound scaling is better than \(count("better")) of the "
            + "\(compared.count.counted("network", "networks")) scaled in one dimension, worse than "
            + "\(count("worse")), and tied with \(count("tied")) (95 % confidence; "
            + (ranking.deviation == nil
              ? "the margins follow from the number of validation photos)."
              : "the margins follow from the seeds and the number of validation photos)."))
      }
    }
    if ranking.verdict != .nearChance, let sentence = unequalRemark { findings.append(sentence) }
    // As the margins in the table.
    if let remark = ranking.marginRemark(tail: 0.025) { findings.append(remark) }
    if let remark = ranking.pairedRemark(title) { findings.append(remark) }
    return findings + unchangedRemarks
  }

  func table(_ ranking: Ranking) -> HTML {
    let table: HTML = .table(
      rows(ranking), style: "names",
      [
        .name("network") { HTML.name($0.title) },
        .number("compound − it") { $0.differenceText },
        .text("compound is") { $0.verdict },
        .number("top-1, %") { $0.standing.accuracy },
        .number("95 % interval") { $0.standing.right?.intervalText },
        .number("photos right") { $0.standing.right?.ofTotal },
        .number("reached") { "\($0.reached.fixed(2))×" },
        .number("MACs") { Double($0.standing.cost.macs).abbreviated },
        .number("d") { $0.factors?.depth.fixed(2) },
        .number("w") { $0.factors?.width.fixed(2) },
        .number("r") { $0.factors?.resolution.fixed(2) },
        .number("d·w²·r²") { $0.factors?.cost.fixed(2) },
        .number("pixels") { "\($0.standing.candidate.architecture.resolution)" },
        .name("layers per stage") { HTML.name($0.repeats) },
        .name("channels per stage") { HTML.name($0.channels) },
      ])
    return """
      <p>The multiple in a network's name is that of its operations (MACs), not a factor: “depth 4×” \
      is scaled in depth until it has about four times the operations of the baseline.\
      \(settings.isEmpty ? "" : " A name such as “d=2 r=1 w=1” has the factors.") d, w and r are \
      its factors on depth, width and resolution, before they are rounded to whole layers, channels \
      and pixels; d·w²·r² is the growth of the operations that they promise. “reached” is the \
      multiple after rounding. “compound − it” is the accuracy of \
      compound scaling minus that of the network, in points of top-1 with the 95 % margin; “tied” \
      means within the margin. The interval of a network covers other photos of the same kind.</p>
      \(table)
      """
  }

  /// The paragraph above charts with other depths and resolutions.
  static let legend: HTML = """
    <p>In the second chart, d is the factor on depth and r that on resolution; d=1 r=1 is the \
    baseline's.</p>\n
    """

  /// The charts: each dimension alone and all together, and width at other depths and resolutions.
  func charts(_ ranking: Ranking) -> [(name: String, chart: Chart)] {
    let xLabel = "million multiply-accumulate operations"
    let base = ranking.standings.first { $0.candidate.series == nil }?.point
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
          Self.words(depth: setting.depth, resolution: setting.resolution),
          setting.series, from: nil, styles[index % styles.count]))
    }
    return [("dimensions", main), ("width", under)]
  }
}
