internal import EfficientNet
internal import EfficientNetReports
internal import EfficientNetTraining

extension ArchitectureSearch {
  /// The findings of the search, in sentences.
  ///
  /// - Parameter ranking: The ranking of the finalists.
  func findings(_ ranking: Ranking) -> [String] {
    guard let best = ranked.first, best.top1 != nil else {
      return [
        "All trainings diverged: use a lower learning rate (--lr), or clip gradients (--clip)."
      ]
    }
    let different = samples.filter { !$0.isRepeated }.count
    let proposals =
      samples.count == 1
      ? "1 proposal" : "\(samples.count) proposals (\(different) different networks)"
    var findings = [
      "The best of \(proposals) is \(best.candidate.name), proposal \(best.number): "
        + "reward \(best.reward.fixed(4)), top-1 \(best.top1.percent()), "
        + "\(study.objective.words(best.cost)). "
        + "The target is \(study.objective.words(study.objective.target))."
    ]
    let (rewards, quarter) = (samples.map(\.reward), samples.count / 4)
    if let first = Array(rewards.prefix(quarter)).mean,
      let last = Array(rewards.suffix(quarter)).mean, let best = bestSoFar.mean
    {
      findings.append(
        "The mean reward is \(first.fixed(4)) in the first quarter of the proposals "
          + "and \(last.fixed(4)) in the last. "
          + "The best reward so far, averaged over all proposals, is \(best.fixed(4)).")
    }
    guard study.finalists > 0, let winner = winner(ranking) else { return findings }
    findings.append(
      "Trained again for \(study.finalEpochs == 1 ? "1 epoch" : "\(study.finalEpochs) epochs") "
        + "with other seeds, \(winner.candidate.name) has the highest reward: "
        + "top-1 \(winner.accuracy) %.")
    // The compared trainings did not select the network, and the reference has the same size.
    let found = ranking.standings.first { $0.candidate.name == best.candidate.name }
    let reference = ranking.standings.first { $0.candidate.name == Self.reference }
    if let found, let reference, let difference = ranking.difference(found, reference) {
      findings.append(
        "\(found.candidate.name), the best of the search "
          + "(\(found.cost.macs.millions) M operations, top-1 \(found.accuracy) %), "
          + "\(Ranking.verdict(difference)) the reference of the space at "
          + "\(reference.cost.macs.millions) M operations (\(reference.accuracy) %): "
          + "\(Ranking.words(difference)) points with 95 % confidence.")
    }
    return findings
  }

  /// The highest reward up to each sample.
  public var bestSoFar: [Double] {
    var best = 0.0
    return samples.map {
      best = max(best, $0.reward)
      return best
    }
  }

  /// The charts: accuracy against cost, and the reward over time.
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

  /// Drawings of the best networks, stage by stage, as in figure 7 of the MnasNet paper.
  func drawings(_ count: Int) -> HTML {
    """
    <p>Each drawing runs from the image at the top to the classifier. A box is a stage, with the \
    kind and number of its layers; next to it is its output as height × width × channels. A wider \
    box has more channels. “+” marks a skip connection, “+ pool” a pooled one.</p>
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
  /// Returns an amount of the cost with its unit, such as "3.12 M operations".
  ///
  /// - Parameter cost: The amount.
  public func words(_ cost: Double) -> String {
    switch self.cost {
    case .macs: "\((cost / 1e6).significant(3)) M operations"
    case .parameters: "\((cost / 1e6).significant(3)) M parameters"
    case .latency: "\(cost.significant(3)) ms"
    }
  }

  /// The unit of a chart's axis, and its label.
  fileprivate var axis: (unit: Double, label: String) {
    switch cost {
    case .macs: (1e6, "million multiply-accumulate operations")
    case .parameters: (1e6, "million parameters")
    case .latency: (1, "latency, milliseconds")
    }
  }
}

extension Int {
  /// The number in millions, with two digits after the point.
  var millions: String { (Double(self) / 1e6).fixed(2) }
}
