internal import EfficientNet
internal import EfficientNetCompute
internal import EfficientNetReports
internal import EfficientNetTraining

extension ArchitectureSearch {
  /// The highest reward up to each sample.
  public var bestSoFar: [Double] {
    var best = 0.0
    return samples.map {
      best = max(best, $0.reward)
      return best
    }
  }

  /// The charts: accuracy against cost, and the reward over time, also of other searches.
  func charts(_ others: [Named]) -> [(name: String, chart: Chart)] {
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
      accuracy.lines.append(Chart.Line("highest reward", [best], .validation))
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
    reward.lines.append(line("highest so far", bestSoFar, .validation))
    return [("accuracy", accuracy), ("reward", reward)]
  }

  /// The paragraph above the charts: the objective, and the other searches in the chart.
  func rewardsRemark(_ others: [Named]) -> HTML {
    let list = others.enumerated().map { index, other in
      let proposals = other.search.samples.count.counted("proposal", "proposals")
      return """
        \(index == 0 ? " Other searches: " : "; ")\(HTML.name(other.name)) \
        (\(other.search.study.controller.rawValue), \(proposals))
        """ as HTML
    }
    return "<p>\(HTML.prose(study.objective.formula))\(list)\(others.isEmpty ? "" : ".")</p>\n"
  }

  /// Drawings of the networks with the highest rewards, stage by stage, as in figure 7 of the
  /// MnasNet paper.
  func drawings(_ count: Int) -> HTML {
    """
    <p>Reward and top-1 are those of the search, after \(trainedFor(epochs)). Each drawing runs \
    from the image at the top to the classifier. A box is a stage, with the kind and number of its \
    layers; next to it is its output as height × width × channels. A wider box has more channels. \
    “+” marks a skip connection, “+ pool” a pooled one.</p>
    <div class="charts">\(ranked.prefix(count).map(\.drawing))</div><br>\n
    """
  }

  func table(_ count: Int) -> HTML {
    var columns: [ReportColumn<Sample>] = [
      .name("network") { HTML.name($0.candidate.name) },
      .number("proposal") { "\($0.number)" },
      .number("reward") { $0.reward.fixed(4) },
      .number("top-1 of the search") { $0.top1.percent() },
      .number("photos right") { $0.right?.ofTotal },
      .number("MACs") { Double($0.network.macs).abbreviated },
      .number("parameters") { $0.network.parameters.grouped },
    ]
    if study.objective.cost == .latency {
      columns.append(.number("latency, ms") { $0.cost.fixed(2) })
    }
    columns.append(.text("stages", style: "words") { $0.candidate.architecture.shortStages })
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
          "\"\($0.candidate.architecture.shortStages)\"",
        ]
      })
  }
}

extension Objective {
  /// Returns an amount of the cost with its unit, such as "3.120 M operations".
  public func words(_ cost: Double) -> String {
    switch self.cost {
    case .macs: "\(cost.abbreviated) operations"
    case .parameters: "\(cost.abbreviated) parameters"
    case .latency: "\(cost.significant(3)) ms"
    }
  }

  /// The target and the reward in a line, such as
  /// "Target: 3.120 M operations; reward = top-1 · (cost / target)^−0.07.".
  package var formula: String {
    func number(_ exponent: Double) -> String {
      (exponent < 0 ? "−" : "") + exponent.magnitude.shortest
    }
    let exponent =
      exponentBelow == exponentAbove
      ? "^\(number(exponentAbove))."
      : "^w, where w is \(number(exponentBelow)) up to the target and \(number(exponentAbove)) "
        + "above it."
    return "Target: \(words(target)); reward = top-1 · (cost / target)" + exponent
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
