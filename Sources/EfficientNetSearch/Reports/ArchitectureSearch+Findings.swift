internal import EfficientNet
internal import EfficientNetReports
internal import EfficientNetTraining

extension ArchitectureSearch {
  /// The findings of the search, in sentences.
  ///
  /// - Parameter others: Other searches with the same objective.
  func findings(_ ranking: Ranking, others: [Named]) -> [String] {
    guard let first = ranked.first, first.top1 != nil, let winner = winner(ranking),
      let verdict = verdict(ranking)
    else { return [Ranking.allDiverged] }
    return [headline(ranking, winner, verdict), proposals(first)]
      + [nearChanceRemark(ranking.chance)].compactMap(\.self) + [learning(ranking.chance, others)]
      + (verdict == .nearChance ? [] : comparisons(ranking, winner, first))
  }

  /// The winner, or that there is none and a remedy.
  private func headline(
    _ ranking: Ranking, _ winner: Ranking.Standing, _ verdict: Verdict
  ) -> String {
    let (name, right) = (winner.candidate.name, winner.right?.text ?? "–")
    let compared = compared(ranking)
    let test = "(95 % confidence; the reference is not counted)"
    switch verdict {
    case .nearChance:
      return
        "No winner: \(name), which has the highest reward, is not clearly better than guessing. "
        + "It gets \(right) right; guessing the most frequent class gets "
        + "\(ranking.chance.share.percent()). Train longer "
        + "(\(study.finalists > 0 ? "--epochs, --top-epochs" : "--epochs")) or with more photos."
    case .tie:
      let (tied, others) = (tied(ranking).count - 1, compared.count - 1)
      return
        (tied == others
        ? "No winner: the rewards of the \(compared.count) finalists do not differ significantly "
          + "\(test). \(name), which has the highest reward, gets \(right) right. "
        : "No winner: \(name) has the highest reward and gets \(right) right, but for \(tied) of "
          + "the \(others) other finalists the reward is not significantly lower \(test). ")
        + "Train with more seeds (\(Ranking.moreFinalSeeds)), or longer (a new search with larger "
        + "--top-epochs) or with more photos."
    case .notCompared:
      return "No winner: \(notCompared(ranking, name)). It gets \(right) right."
        + (study.finalists < 2
          ? " To compare networks, start a new search with --top 2 or more."
          : found(ranking).count > 1
            ? " Use a lower learning rate (--lr), or clip gradients (--clip)." : "")
    case .best:
      return
        "The best of the \(compared.count) finalists is \(name): its reward is significantly "
        + "higher than that of each other finalist \(test). After training from random weights for "
        + "\(trainedFor(study.finalEpochs)) with other seeds, it gets \(right) right "
        + "(top-1 \(winner.accuracy) %)."
    }
  }

  /// The reason why a network is not compared with others, as a clause about it.
  func notCompared(_ ranking: Ranking, _ name: String) -> String {
    if study.finalists == 0 {
      return "no network was trained again to compare it with others (--top 0); \(name) has the "
        + "highest reward of the search"
    }
    return found(ranking).count > 1
      ? "\(name) is the only finalist whose longer trainings did not diverge"
      : "\(name) is the only network of the search that was trained again, so its reward is "
        + "compared with no other"
  }

  var networksProposed: Int { samples.count { !$0.isRepeated } }

  /// The proposal with the highest reward, before any longer training.
  private func proposals(_ first: Sample) -> String {
    let proposals =
      samples.count == 1
      ? "1 proposal" : "\(samples.count) proposals (\(networksProposed) different networks)"
    return
      "In the search, which trains each network for \(trainedFor(epochs)), the highest reward of "
      + "\(proposals) is \(first.reward.fixed(4)), of \(first.candidate.name), proposal "
      + "\(first.number): it gets \(first.right?.text ?? first.top1.percent()) right, with "
      + "\(study.objective.words(first.cost)) for a target of "
      + "\(study.objective.words(study.objective.target))."
  }

  /// Returns a sentence on the networks of the search that are not clearly better than guessing,
  /// before any longer training; nil if there are none. Without finalists, the ranking has these
  /// networks and its own sentence.
  package func nearChanceRemark(_ chance: Chance) -> String? {
    let trained = samples.filter { !$0.isRepeated }.compactMap(\.top1)
    let count = trained.count { !chance.isExceeded(by: $0, bestOf: trained.count) }
    guard study.finalists > 0, count > 0 else { return nil }
    return "In the search, " + chance.remark(on: count, of: trained.count)
  }

  /// Returns a sentence that says whether the controller learned.
  ///
  /// A network that is proposed repeatedly is trained once, so each group has one reward per
  /// different network.
  ///
  /// - Parameter others: Other searches; the random ones are pooled.
  func learning(_ chance: Chance, _ others: [Named] = []) -> String {
    let quarter = samples.count / 4
    let (first, last) = (
      Self.rewards(samples.prefix(quarter)), Self.rewards(samples.suffix(quarter))
    )
    guard study.controller != .random else {
      return "Random search does not learn; it is the baseline for the other controllers."
    }
    guard
      chance.isExceeded(by: samples.compactMap(\.top1).max() ?? 0, bestOf: networksProposed)
    else {
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
      + (versusRandom(last, others.map(\.search), quarter) ?? control(others.map(\.search)))
      + " This is one search: repeat it with other seeds (--seed) to see whether the "
      + "controller learns."
  }

  /// The comparison of the last networks of this search with those of all random searches; nil if
  /// there are none, or too few networks.
  ///
  /// - Parameters:
  ///   - last: The rewards of the last quarter of the proposals.
  ///   - quarter: The number of proposals of a quarter.
  private func versusRandom(
    _ last: [Double], _ others: [ArchitectureSearch], _ quarter: Int
  ) -> String? {
    let random = others.filter { $0.study.controller == .random }
    let all = random.flatMap { Self.rewards($0.samples[...]) }
    guard let mean = all.mean, let difference = welchDifference(last, all) else { return nil }
    let name =
      random.count == 1 ? "the random search" : "the \(random.count) random searches together"
    let (own, highest) = (Self.rewards(samples[...]).max() ?? 0, all.max() ?? 0)
    return " The mean reward of the networks in its last \(quarter) proposals is "
      + (abs(difference.mean) <= difference.margin
        ? "not clearly different from" : difference.mean > 0 ? "higher than" : "lower than")
      + " the mean of \(name), \(mean.fixed(3)) (\(Self.words(difference)))\(updatesRemark). The "
      + "highest reward of this search is \(own.fixed(4)), that of \(name) \(highest.fixed(4))"
      + (own > highest ? "." : ", so this search found no better network.")
  }

  /// The number of updates of the policy before the last proposal, as a clause; empty for other
  /// controllers.
  private var updatesRemark: String {
    guard study.controller == .ppo else { return "" }
    let batches = (RecurrentController.batch + study.batch - 1) / study.batch
    let updates = (samples.count - 1) / (batches * study.batch)
    return ", after \(updates.counted("update", "updates")) of the controller"
  }

  /// The sentence that names the control of a search; empty if a random search is there.
  private func control(_ others: [ArchitectureSearch]) -> String {
    others.contains { $0.study.controller == .random }
      ? ""
      : " Rewards alone do not show that the controller is better than random choice: run the same "
        + "search with --controller random --top 0, then this one with --resume, and --against the "
        + "folder of the random one."
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

  /// The comparison of the first network of the search with the reference of the same size, if they
  /// were trained longer. These trainings did not select the network. Then that of the winner, if it
  /// is another network.
  private func comparisons(
    _ ranking: Ranking, _ winner: Ranking.Standing, _ first: Sample
  ) -> [String] {
    let found = ranking.standings.first { $0.candidate.name == first.candidate.name }
    guard study.finalists > 0, let found, let reference = reference(in: ranking),
      let difference = ranking.difference(found, reference)
    else { return [] }
    let comparison =
      "After the longer training, \(found.candidate.name), which had the highest reward in the "
      + "search (\(Double(found.cost.macs).abbreviated) operations, top-1 \(found.accuracy) %), "
      + "\(Ranking.verdict(difference)) the reference of the space at "
      + "\(Double(reference.cost.macs).abbreviated) operations (\(reference.accuracy) %): "
      + "\(Ranking.words(difference)) points of top-1 with 95 % confidence."
    let sentences = [
      comparison,
      ranking.margin(found, reference, tail: 0.025)?.words(
        of: "of this difference", moreSeeds: Ranking.moreFinalSeeds),
      ranking.paired(found, reference, \.name),
    ].compactMap(\.self).joined(separator: " ")
    let finalists = self.found(ranking).count
    guard winner != found,
      // The winner was selected among the finalists by these trainings.
      let lead = ranking.difference(winner, reference, tail: 0.025 / Double(finalists))
    else { return [sentences] }
    let growth = Double(winner.cost.macs) / Double(reference.cost.macs) - 1
    return [
      sentences,
      "best.json is \(winner.candidate.name), which has the highest reward now: "
        + "\(abs(growth).percent(0)) \(growth < 0 ? "fewer" : "more") operations than the "
        + "reference, and \(Ranking.words(lead)) points of top-1 (95 % confidence for all "
        + "\(finalists) finalists together).",
    ]
  }

  /// The reference among the finalists; nil in a search without finalists.
  func reference(in ranking: Ranking) -> Ranking.Standing? {
    ranking.standings.first { $0.candidate.name == Self.reference }
  }

  /// The epochs in words: "1 epoch", "12 epochs".
  func trainedFor(_ epochs: Int) -> String { epochs.counted("epoch", "epochs") }

  /// The paragraph above the table of the finalists.
  var finalistsRemark: HTML {
    """
    <p>The networks with the highest rewards of the search, and the reference of the space at as many \
    operations as \(ranked.first?.candidate.name ?? "the first of them"), the first of the search. \
    They were trained again from random weights for \
    \(trainedFor(study.finalEpochs)) with other seeds \
    (\(study.finalSeeds.counted("training", "trainings")) each), so their top-1 differs from that of \
    the search, which trains for \(trainedFor(epochs)).</p>\n
    """
  }

  /// The paragraph below a table with the column "stages".
  static var notation: HTML { "<p>\(Stage.notation)</p>\n" }
}
