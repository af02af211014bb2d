internal import EfficientNet
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
    let (rewards, quarter) = (samples.map(\.reward), samples.count / 4)
    if let first = Array(rewards.prefix(quarter)).mean,
      let last = Array(rewards.suffix(quarter)).mean, let best = bestSoFar.mean
    {
      findings.append(
        "Mean reward of the first quarter of the proposals \(first.fixed(4)), of the last \(last.fixed(4)); mean of the best so far over "
          + "all proposals \(best.fixed(4)).")
    }
    guard study.finalists > 0, let winner = winner(ranking) else { return findings }
    findings.append(
      "Trained again, \(study.finalEpochs == 1 ? "1 epoch" : "\(study.finalEpochs) epochs") with other seeds, "
        + "\(winner.candidate.name) is worth most: top-1 \(winner.accuracy) %.")
    // Chosen by other trainings than those that are compared, and as large as the reference.
    let found = ranking.standings.first { $0.candidate.name == best.candidate.name }
    let reference = ranking.standings.first { $0.candidate.name == Self.reference }
    if let found, let reference, let difference = ranking.difference(found, reference) {
      findings.append(
        "\(found.candidate.name), the search's best (\(found.cost.macs.millions) M operations, top-1 \(found.accuracy) %), \(Ranking.verdict(difference)) the reference "
          + "of the space at \(reference.cost.macs.millions) M operations (\(reference.accuracy) %): "
          + "\(Ranking.words(difference)) points, with 95 % confidence.")
    }
    return findings
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
    let behind = samples.filter { !$0.isRepeated && !front.contains($0) }
    accuracy.addPoints("networks", behind.map(point), .faint)
    accuracy.lines.append(Chart.Line("Pareto front", front.compactMap(point), .training))
    if let best = ranked.first.flatMap(point) {
      accuracy.lines.append(Chart.Line("best reward", [best], .validation))
    }
    var reward = Chart(title: "Reward over time", xLabel: "networks proposed")
    func line(_ name: String, _ rewards: [Double], _ style: Chart.Line.Style) -> Chart.Line {
      Chart.Line(
        name, rewards.enumerated().map { Chart.Point(Double($0.offset + 1), $0.element) }, style)
    }
    reward.addPoints(
      "each", samples.map { Chart.Point(Double($0.number), $0.reward) }, .faint)
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
    """
    <p>From the image at the top to the classifier: what the layers of each stage are, how many, and height × width × channels \
    behind it. The wider a box, the more channels; “+” marks a residual, “+ pool” a pooled one.</p>
    <div class="charts">\(ranked.prefix(count).map(\.drawing))</div><br>\n
    """
  }

  func table(_ count: Int) -> HTML {
    var columns: [ReportColumn<Sample>] = [
      .name("network") { HTML.name($0.candidate.name) },
      .number("proposal") { "\($0.number)" },
      .number("reward") { $0.reward.fixed(4) },
      .number("top-1") { $0.top1.percent() },
      .number("M MACs") { $0.network.macs.millions },
      .number("parameters") { $0.network.parameters.grouped },
    ]
    if study.objective.cost == .latency {
      columns.append(.number("latency, ms") { $0.cost.fixed(2) })
    }
    columns.append(
      .text("stages", style: "words") {
        $0.candidate.architecture.stages.map(\.short).joined(separator: " · ")
      })
    return .table(ranked.prefix(count), columns)
  }

  /// The samples as CSV, in the order of the proposals.
  public var csv: String {
    csvTable(
      "number,name,repeated,reward,top1,cost,macs,parameters,stages",
      samples.map {
        [
          $0.number, $0.candidate.name, $0.isRepeated ? "yes" : "no", $0.reward, $0.top1, $0.cost,
          $0.network.macs, $0.network.parameters,
          "\"\($0.candidate.architecture.stages.map(\.short).joined(separator: " "))\"",
        ]
      })
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

extension Int {
  /// In millions with two digits.
  var millions: String { (Double(self) / 1e6).fixed(2) }
}
