internal import EfficientNet
internal import EfficientNetReports
internal import EfficientNetTraining

extension ExperimentReport {
  /// The tiles with the most important numbers.
  var cards: [ReportPage.Card] {
    var cards = [winnerCard]
    if let winner, let right = winner.right {
      cards.append(
        ReportPage.Card(
          search != nil
            ? "top-1 of the highest reward"
            : verdict == .best ? "top-1 of the best" : "highest top-1",
          winner.mean.percent(), isMain: true,
          meaning: (search.map { $0.study.finalists > 0 } == true
            ? "After the longer training, " : "")
            + "\(right.text) of the validation photos are right. "
            + "Guessing the most frequent class gets \(ranking.chance.share.percent())."))
    }
    if let search {
      let different = search.networksProposed
      cards.append(
        ReportPage.Card(
          "networks proposed", search.samples.count.grouped,
          meaning:
            "\(different.grouped) of them \(different == 1 ? "is" : "are") different; repeated "
            + "ones are trained once."))
    } else {
      let full = ranking.standings.count
      cards.append(
        ReportPage.Card(
          "networks", (full + ranking.leftOut.count).grouped,
          meaning: ranking.leftOut.isEmpty
            ? "All were trained from scratch in the same way."
            : "\(full.grouped) trained in full; the others were left out after fewer epochs."))
    }
    cards += [
      ReportPage.Card(
        "trainings per network", "\(settings.seeds)",
        meaning: settings.seeds == 1
          ? "A single seed does not show how much an accuracy varies."
          : "Each has another seed: other initial weights and another order of the photos."),
      ReportPage.Card(
        "epochs", settings.recipe.epochs.grouped,
        meaning: search == nil
          ? "Passes over the training photos; too few favor networks that learn fast."
          : "Passes over the training photos for each proposal, before any longer training."),
      ReportPage.Card(
        "total training time", seconds.duration,
        meaning:
          "The sum over all trainings; with several at the same time, the experiment took less."),
    ]
    if let deviation = ranking.deviation {
      cards.append(
        ReportPage.Card(
          "deviation by seed", "\((100 * deviation).fixed(1)) points",
          meaning: "The standard deviation of top-1 of one network from seed to seed. "
            + "Smaller is better: it limits which differences can be seen."))
    }
    return cards
  }

  /// The network that is proven to be the best, or that there is none.
  private var winnerCard: ReportPage.Card {
    func none(_ meaning: String) -> ReportPage.Card {
      ReportPage.Card("winner", "none", isMain: true, meaning: meaning)
    }
    guard let winner, let verdict else { return none("All trainings diverged.") }
    let name = settings.study.title(of: winner.candidate)
    switch verdict {
    case .best:
      return ReportPage.Card(
        "best", name, isMain: true,
        meaning: search == nil
          ? "Its top-1 is significantly higher than that of each other network."
            + (settings.study.isDistorted(winner.candidate)
              ? " Rounding distorts it: see the findings." : "")
          : "Its reward is significantly higher than that of each other finalist.")
    case .tie:
      return none(
        search.map { tied.count == $0.compared(ranking).count } ?? ranking.isWholeTie
          ? (search == nil
            ? "The networks do not differ significantly; \(name) is the highest."
            : "The rewards of the finalists do not differ significantly; \(name) has the highest.")
          : (search == nil
            ? "\(name) is the highest, but not significantly better than all others."
            : "\(name) has the highest reward, but not significantly higher than all others."))
    case .notCompared:
      return none(
        search.map { "Not compared: \($0.notCompared(ranking, name))." }
          ?? "\(name) is the only network\(ranking.alone).")
    case .nearChance:
      return none(
        search == nil
          ? "No network is clearly better than guessing; \(name) is the highest."
          : "\(name), which has the highest reward, is not clearly better than guessing.")
    }
  }
}
