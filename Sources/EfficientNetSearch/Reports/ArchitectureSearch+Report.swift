public import EfficientNet
internal import EfficientNetReports
internal import EfficientNetTraining

extension ArchitectureSearch {
  /// What the search shows.
  ///
  /// - Parameter ranking: Of the finalists.
  func findings(_ ranking: Ranking) -> [String] {
    guard let best = ranked.first, best.top1 != nil else {
      return ["All trainings diverged: lower --lr, or clip gradients with --clip."]
    }
    let different = samples.filter { !$0.isRepeated }.count
    var findings = [
      "Best of \(samples.count == 1 ? "1 proposal" : "\(samples.count) proposals, \(different) of them different networks"): \(best.candidate.name), proposed as number \(best.number): "
        + "reward \(best.reward.fixed(4)), top-1 \(best.top1.percent()), \(study.objective.words(best.cost)); "
        + "the target is \(study.objective.words(study.objective.target))."
    ]
    let quarter = samples.count / 4
    if quarter > 0 {
      let (first, last) = (
        Self.mean(samples.prefix(quarter)), Self.mean(samples.suffix(quarter))
      )
      findings.append(
        "Mean reward of the first quarter of the proposals \(first.fixed(4)), of the last \(last.fixed(4)); mean of the best so far over "
          + "all proposals \((bestSoFar.reduce(0, +) / Double(samples.count)).fixed(4)).")
    }
    guard study.finalists > 0, let winner = winner(ranking) else { return findings }
    findings.append(
      "Trained again, \(study.finalEpochs == 1 ? "1 epoch" : "\(study.finalEpochs) epochs") with other seeds, "
        + "\(winner.candidate.name) is worth most: top-1 \(winner.accuracy) %.")
    // Chosen by other trainings than those that are compared, and as large as the reference.
    let found = ranking.standings.first { $0.candidate.name == best.candidate.name }
    let reference = ranking.standings.first { $0.candidate.name == Self.reference }
    if let found, let reference, let difference = ranking.difference(found, reference) {
      let verdict =
        abs(difference.mean) <= difference.margin
        ? "cannot be told apart from" : difference.mean > 0 ? "beats" : "loses to"
      findings.append(
        "\(found.candidate.name), the search's best (\(found.cost.macs.millions) M operations, top-1 \(found.accuracy) %), \(verdict) the reference "
          + "of the space at \(reference.cost.macs.millions) M operations (\(reference.accuracy) %): "
          + "\(difference.mean < 0 ? "−" : "+")\((100 * abs(difference.mean)).fixed(1)) ± \((100 * difference.margin).fixed(1)) points, "
          + "with 95 % confidence.")
    }
    return findings
  }

  private static func mean(_ samples: ArraySlice<Sample>) -> Double {
    samples.reduce(0) { $0 + $1.reward } / Double(max(1, samples.count))
  }

  /// The largest reward up to each sample.
  public var bestSoFar: [Double] {
    var best = 0.0
    return samples.map {
      best = max(best, $0.reward)
      return best
    }
  }

  /// Accuracy against cost, and the reward over time.
  ///
  /// - Parameter others: Other searches with the same objective, by name.
  func charts(_ others: [(name: String, search: ArchitectureSearch)]) -> [(
    name: String, chart: Chart
  )] {
    let (unit, label) = study.objective.axis
    var accuracy = Chart(title: "Accuracy and cost", xLabel: label)
    (accuracy.xScale, accuracy.yStyle) = (.doubling, .percent)
    func point(_ sample: Sample) -> Chart.Point? {
      sample.top1.map { Chart.Point(sample.cost / unit, $0) }
    }
    let front = front
    for (index, sample) in samples.filter({ !$0.isRepeated && !front.contains($0) }).enumerated() {
      // Each network stands for itself: a line between them would mean nothing.
      accuracy.lines.append(
        Chart.Line(index == 0 ? "networks" : "", [sample].compactMap(point), .faint))
    }
    accuracy.lines.append(Chart.Line("Pareto front", front.compactMap(point), .training))
    if let best = ranked.first.flatMap(point) {
      accuracy.lines.append(Chart.Line("best reward", [best], .validation))
    }
    var reward = Chart(title: "Reward over time", xLabel: "networks proposed")
    func line(_ name: String, _ rewards: [Double], _ style: Chart.Line.Style) -> Chart.Line {
      Chart.Line(
        name, rewards.enumerated().map { Chart.Point(Double($0.offset + 1), $0.element) }, style)
    }
    for (index, sample) in samples.enumerated() {
      reward.lines.append(
        Chart.Line(
          index == 0 ? "each" : "", [Chart.Point(Double(sample.number), sample.reward)], .faint))
    }
    let styles: [Chart.Line.Style] = [.training, .other, .fourth, .fifth]
    for (index, other) in others.enumerated() {
      reward.lines.append(
        line(
          other.name.shortened(to: 14), other.search.bestSoFar, styles[index % styles.count]))
    }
    reward.lines.append(line("best so far", bestSoFar, .validation))
    return [("accuracy", accuracy), ("reward", reward)]
  }

  /// The best networks, drawn block by block, as in figure 7 of the paper.
  func drawings(_ count: Int) -> HTML {
    var result: HTML = """
      <p>From the image at the top to the classifier: what the layers of each stage are, how many, and height × width × channels \
      behind it. The wider a box, the more channels; “+” marks a residual, “+ pool” a pooled one.</p>
      <div class="charts">
      """
    for sample in ranked.prefix(count) { result += ArchitectureDrawing(sample).svg }
    result += "</div><br>\n"
    return result
  }

  /// The best networks as a table.
  func table(_ count: Int) -> HTML {
    var result: HTML = """
      <div class="scroll"><table><thead><tr><th>network</th><th class="number">proposal</th><th class="number">reward</th>\
      <th class="number">top-1</th><th class="number">M MACs</th><th class="number">parameters</th>\
      \(study.objective.cost == .latency ? "<th class=\"number\">latency, ms</th>" : "" as HTML)\
      <th>stages</th></tr></thead><tbody>\n
      """
    for sample in ranked.prefix(count) {
      let latency: HTML =
        study.objective.cost == .latency ? "<td class=\"number\">\(sample.cost.fixed(2))</td>" : ""
      result += """
        <tr><th>\(HTML.name(sample.candidate.name))</th><td class="number">\(sample.number)</td>\
        <td class="number">\(sample.reward.fixed(4))</td><td class="number">\(sample.top1.percent())</td>\
        <td class="number">\(sample.network.macs.millions)</td><td class="number">\(sample.network.parameters.grouped)</td>\(latency)\
        <td class="words">\(sample.candidate.architecture.stages.map(\.short).joined(separator: " · "))</td></tr>\n
        """
    }
    result += "</tbody></table></div>\n"
    return result
  }

  /// The samples as CSV, in the order of the proposals.
  public var csv: String {
    var lines = ["number,name,repeated,reward,top1,cost,macs,parameters,stages"]
    for sample in samples {
      let cells: [String] = [
        "\(sample.number)", sample.candidate.name, sample.isRepeated ? "yes" : "no",
        "\(sample.reward)", sample.top1.map { "\($0)" } ?? "", "\(sample.cost)",
        "\(sample.network.macs)", "\(sample.network.parameters)",
        "\"\(sample.candidate.architecture.stages.map(\.short).joined(separator: " "))\"",
      ]
      lines.append(cells.joined(separator: ","))
    }
    return lines.joined(separator: "\n") + "\n"
  }
}

extension Objective {
  /// An amount of the cost with its unit: "3.12 M operations".
  public func words(_ cost: Double) -> String {
    switch self.cost {
    case .macs: "\((cost / 1e6).significant(3)) M operations"
    case .parameters: "\((cost / 1e6).significant(3)) M parameters"
    case .latency: "\(cost.significant(3)) ms"
    }
  }

  /// What the axis of a chart counts, and its label.
  fileprivate var axis: (unit: Double, label: String) {
    switch cost {
    case .macs: (1e6, "million multiply-accumulate operations")
    case .parameters: (1e6, "million parameters")
    case .latency: (1, "latency, milliseconds")
    }
  }
}

extension Stage {
  /// In a few letters: "MB6 k5 se c40 ×3 pool".
  public var short: String {
    let operation =
      switch block {
      case .mbConv: expand == 1 ? "sep" : "MB\(expand)"
      case .fusedMBConv: expand == 1 ? "conv" : "fused\(expand)"
      case .articleMBConv: "article\(expand)"
      case .separable: "separable"
      case .bottleneck: "bottleneck\(expand)"
      }
    let addition =
      switch skip {
      case .identity: ""
      case .pool: " pool"
      case .none: " plain"
      }
    return
      "\(operation) k\(kernel)\(squeeze == nil ? "" : " se") c\(channels) ×\(repeats)\(addition)"
  }
}

extension Int {
  /// In millions with two digits.
  fileprivate var millions: String { (Double(self) / 1e6).fixed(2) }
}
