internal import EfficientNet
internal import EfficientNetReports
internal import EfficientNetTraining

extension ArchitectureSearch {
  /// The findings of the search, in sentences.
  ///
  /// - Parameters:
  ///   - ranking: The ranking of the finalists, or of all networks.
  ///   - others: Other searches with the same objective, by the name of their controllers.
  func findings(
    _ ranking: Ranking, others: [(name: String, search: ArchitectureSearch)]
  ) -> [String] {
    guard let best = ranked.first, best.top1 != nil, let winner = winner(ranking),
      let verdict = verdict(ranking)
    else { return [Ranking.allDiverged] }
    return [headline(ranking, winner, verdict), proposals(best), learning(ranking.chance, others)]
      + [verdict == .nearChance ? nil : comparison(ranking, best)].compactMap(\.self)
  }

  /// The winner, or that there is none.
  private func headline(
    _ ranking: Ranking, _ winner: Ranking.Standing, _ verdict: Verdict
  ) -> String {
    let found = found(ranking)
    let (name, right) = (winner.candidate.name, winner.right?.text ?? "–")
    let (longer, seeds) =
      study.finalists > 0 ? ("--top-epochs", "--top-seeds") : ("--epochs", "--seeds")
    switch verdict {
    case .nearChance:
      let highest = found.first { $0.mean != nil } ?? winner
      return Ranking.noWinner(
        highest.candidate.name, highest.right ?? Proportion(0, of: 0), of: found.count,
        ranking.chance, options: study.finalists > 0 ? "--epochs, --top-epochs" : "--epochs")
    case .tie:
      return "No winner by accuracy: the \(found.count) networks do not differ significantly (95 % "
        + "confidence). \(name), which has the highest reward, gets \(right) right. "
        + "Train longer (\(longer)), with more seeds (\(seeds)) or with more photos."
    case .best:
      return study.finalists > 0
        ? "The best is \(name): trained again from random weights for "
          + "\(trainedFor(study.finalEpochs)) with other seeds, it has the highest reward and gets "
          + "\(right) right (top-1 \(winner.accuracy) %)."
        : "The best is \(name): it has the highest reward and gets \(right) right."
    }
  }

  /// The best proposal of the search, before any longer training.
  private func proposals(_ best: Sample) -> String {
    let different = samples.filter { !$0.isRepeated }.count
    let proposals =
      samples.count == 1
      ? "1 proposal" : "\(samples.count) proposals (\(different) different networks)"
    return
      "In the search, which trains each network for \(trainedFor(epochs)), the highest reward of "
      + "\(proposals) is \(best.reward.fixed(4)), of \(best.candidate.name), proposal "
      + "\(best.number): it gets \(best.right?.text ?? best.top1.percent()) right, with "
      + "\(study.objective.words(best.cost)) for a target of "
      + "\(study.objective.words(study.objective.target))."
  }

  /// Whether the controller learned, in plain words.
  ///
  /// - Parameters:
  ///   - chance: The accuracy of guessing.
  ///   - others: Other searches, by the name of their controllers.
  func learning(
    _ chance: Chance, _ others: [(name: String, search: ArchitectureSearch)] = []
  ) -> String {
    let (rewards, quarter) = (samples.map(\.reward), samples.count / 4)
    let (first, last) = (Array(rewards.prefix(quarter)), Array(rewards.suffix(quarter)))
    guard study.controller != .random else {
      return "Random search does not learn; it is the baseline for the other controllers."
    }
    let networks = samples.filter { !$0.isRepeated }.count
    guard chance.isExceeded(by: samples.compactMap(\.top1).max() ?? 0, bestOf: networks) else {
      return
        "Whether the controller learned cannot be said: after \(trainedFor(epochs)) no network "
        + "of the search is clearly better than guessing, so rewards differ by cost and luck."
    }
    guard let difference = welchDifference(last, first), let start = first.mean,
      let end = last.mean
    else {
      return
        "\(samples.count) proposals are too few to say whether the controller learned (--samples)."
    }
    let isClear = abs(difference.mean) > difference.margin
    var result =
      (!isClear
        ? "It is not clear that the controller learned"
        : difference.mean > 0 ? "The controller learned" : "The controller did not learn")
      + ": the mean reward of its first \(quarter) proposals is \(start.fixed(3)), of its last "
      + "\(quarter) \(end.fixed(3)) (\(Self.words(difference)) with 95 % confidence)."
    let random = SearchStudy.ControllerKind.random
    if let other = others.first(where: { $0.search.study.controller == random })?.search,
      let mean = other.samples.map(\.reward).mean,
      let difference = welchDifference(last, other.samples.map(\.reward))
    {
      result +=
        " Its last \(quarter) proposals are "
        + (abs(difference.mean) <= difference.margin
          ? "not clearly better than" : difference.mean > 0 ? "better than" : "worse than")
        + " those of random search, whose mean reward is \(mean.fixed(3)) "
        + "(\(Self.words(difference)))."
    }
    return result
  }

  /// A difference of rewards, such as "+0.060 ± 0.021".
  private static func words(_ difference: (mean: Double, margin: Double)) -> String {
    "\(difference.mean < 0 ? "−" : "+")\(abs(difference.mean).fixed(3)) ± \(difference.margin.fixed(3))"
  }

  /// The comparison of the best of the search with the reference of the same size, if they were
  /// trained longer. These trainings did not select the network.
  private func comparison(_ ranking: Ranking, _ best: Sample) -> String? {
    let found = ranking.standings.first { $0.candidate.name == best.candidate.name }
    let reference = ranking.standings.first { $0.candidate.name == Self.reference }
    guard study.finalists > 0, let found, let reference,
      let difference = ranking.difference(found, reference)
    else { return nil }
    return "After the longer training, \(found.candidate.name), the best of the search "
      + "(\(Double(found.cost.macs).abbreviated) operations, top-1 \(found.accuracy) %), "
      + "\(Ranking.verdict(difference)) the reference of the space at "
      + "\(Double(reference.cost.macs).abbreviated) operations (\(reference.accuracy) %): "
      + "\(Ranking.words(difference)) points with 95 % confidence."
  }

  /// The epochs in words: "1 epoch", "12 epochs".
  func trainedFor(_ epochs: Int) -> String { epochs.counted("epoch", "epochs") }

  /// The paragraph above the table of the finalists.
  var finalistsRemark: HTML {
    """
    <p>The networks with the highest rewards of the search, and the reference of the space at as many \
    operations as the first of them. They were trained again from random weights for \
    \(trainedFor(study.finalEpochs)) with other seeds \
    (\(study.finalSeeds.counted("training", "trainings")) each), so their top-1 differs from that of \
    the search, which trains for \(trainedFor(epochs)).</p>\n
    """
  }

  /// The paragraph below a table with the column "stages".
  static var notation: HTML { "<p>\(Stage.notation)</p>\n" }
}
