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
    let found = found(ranking).filter { $0.mean != nil }
    let (name, right) = (winner.candidate.name, winner.right?.text ?? "–")
    let (longer, seeds) =
      study.finalists > 0 ? ("--top-epochs", "--top-seeds") : ("--epochs", "--seeds")
    switch verdict {
    case .nearChance:
      return
        "No winner: \(name), which has the highest reward, is not clearly better than guessing. "
        + "It gets \(right) right; guessing the most frequent class gets "
        + "\(ranking.chance.share.percent()). Train longer "
        + "(\(study.finalists > 0 ? "--epochs, --top-epochs" : "--epochs")) or with more photos."
    case .tie:
      return "No winner: the rewards of the \(found.count) networks do not differ significantly "
        + "(95 % confidence). \(name), which has the highest reward, gets \(right) right. "
        + "Train longer (\(longer)), with more seeds (\(seeds)) or with more photos."
    // A search leaves no network out after a shorter round.
    case .best, .notCompared:
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

  /// Returns a sentence that says whether the controller learned.
  ///
  /// A network that is proposed repeatedly is trained once, so each group has one reward per
  /// different network.
  ///
  /// - Parameters:
  ///   - chance: The accuracy of guessing.
  ///   - others: Other searches, by the name of their controllers.
  func learning(
    _ chance: Chance, _ others: [(name: String, search: ArchitectureSearch)] = []
  ) -> String {
    let quarter = samples.count / 4
    let (first, last) = (
      Self.rewards(samples.prefix(quarter)), Self.rewards(samples.suffix(quarter))
    )
    guard study.controller != .random else {
      return "Random search does not learn; it is the baseline for the other controllers."
    }
    let networks = samples.filter { !$0.isRepeated }.count
    guard chance.isExceeded(by: samples.compactMap(\.top1).max() ?? 0, bestOf: networks) else {
      return
        "It cannot be said whether the controller learned: after \(trainedFor(epochs)) no network "
        + "of the search is clearly better than guessing, so rewards differ by cost and luck."
    }
    guard let difference = welchDifference(last, first), let start = first.mean,
      let end = last.mean
    else {
      return
        "It cannot be said whether the controller learned: the first and the last quarter of the "
        + "\(samples.count.counted("proposal", "proposals")) have too few different networks or "
        + "rewards (--samples)."
    }
    let isClear = abs(difference.mean) > difference.margin
    return
      (!isClear
      ? "It is not clear whether the controller learned"
      : difference.mean > 0
        ? "In this search, the rewards rose" : "In this search, the rewards fell")
      + ": the mean reward of the \(first.count) different networks in its first \(quarter) "
      + "proposals is \(start.fixed(3)), of the \(last.count) in its last \(quarter) "
      + "\(end.fixed(3)) (\(Self.words(difference)) with 95 % confidence)."
      + (versusRandom(last, others.map(\.search), quarter) ?? "")
      + " This is one search: repeat it with other seeds (--seed) to see whether the "
      + "controller learns."
  }

  /// The comparison of the last networks of this search with those of all random searches; nil if
  /// there are none, or too few networks.
  ///
  /// - Parameters:
  ///   - last: The rewards of the last quarter of the proposals.
  ///   - others: Other searches.
  ///   - quarter: The number of proposals of a quarter.
  private func versusRandom(
    _ last: [Double], _ others: [ArchitectureSearch], _ quarter: Int
  ) -> String? {
    let random = others.filter { $0.study.controller == .random }
    let all = random.flatMap { Self.rewards($0.samples[...]) }
    guard let mean = all.mean, let difference = welchDifference(last, all) else { return nil }
    return " The networks in its last \(quarter) proposals are "
      + (abs(difference.mean) <= difference.margin
        ? "not clearly better than" : difference.mean > 0 ? "better than" : "worse than")
      + " those of "
      + (random.count == 1 ? "the random search" : "the \(random.count) random searches together")
      + ", whose mean reward is \(mean.fixed(3)) (\(Self.words(difference)))."
  }

  /// The rewards of the different networks of some proposals.
  private static func rewards(_ samples: ArraySlice<Sample>) -> [Double] {
    var seen: Set<String> = []
    return samples.filter { seen.insert($0.candidate.name).inserted }.map(\.reward)
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
