import EfficientNet
import EfficientNetReports
import EfficientNetTraining
import Testing

@testable import EfficientNetSearch

/// Verdicts on the network with the highest reward.
extension ArchitectureSearchTests {
  @Test("in a search, the report and the verdict concern the highest reward, not the highest top-1")
  func rewarded() throws {
    var study = Self.study(.random, samples: 12, finalists: 12)
    // The cost decides.
    study.objective = Objective(cost: .macs, target: 1e5, exponentBelow: -10, exponentAbove: -10)
    let settings = Self.settings(study)
    var search = ArchitectureSearch(study, settings, classes: 2)
    var results: [TrialResult] = []
    while search.samples.count < study.samples {
      results += search.propose().map {
        TrialResult(
          Trial($0, seed: 4, epochs: 2), top1: 0.7, loss: 1, trainingLoss: 1, seconds: 1,
          validationPhotos: 1000)
      }
      search.learn(results)
    }
    let cheapest = try #require(search.ranked.first)
    let dearest = try #require(search.ranked.last)
    try #require(dearest.cost > 1.1 * cheapest.cost)
    let longer = search.finalists.flatMap { candidate in
      search.finalSeeds.map {
        TrialResult(
          Trial(candidate, seed: $0, epochs: study.finalEpochs),
          top1: candidate.name == dearest.candidate.name ? 0.95 : 0.7, loss: 1, trainingLoss: 1,
          seconds: 1, validationPhotos: 1000)
      }
    }
    let ranking = Ranking(
      search.finalists, results: longer, epochs: study.finalEpochs, classes: 2,
      validationPhotos: 1000)
    let report = ExperimentReport(
      title: "x", settings, ranking: ranking, results: results + longer, search: search)
    let winner = try #require(report.winner)
    let accurate = try #require(ranking.best)
    #expect(winner.cost.macs == cheapest.network.macs)
    #expect(accurate.candidate.name == dearest.candidate.name)
    #expect(report.verdict == .best)
    #expect(
      report.findings[0].hasPrefix(
        "The best of the \(search.finalists.count - 1) finalists is \(winner.candidate.name): its "
          + "reward is significantly higher than that of each other finalist (95 % confidence; the "
          + "reference is not counted). After training from random weights for 3 epochs"))
    #expect(
      report.findings.contains(
        "The validation photos also chose the highest of \(search.networksProposed) networks, so its "
          + "accuracy and its lead over the reference are probably too good; photos that took no part "
          + "in the experiment give a fair one."))
    #expect(report.tied == [winner])
    // Tables have the order of the verdict.
    let finalists = report.ordered.filter { $0.candidate.name != ArchitectureSearch.reference }
    #expect(finalists.first == winner && ranking.standings.first == accurate)
    let rewards = report.ordered.map(search.reward)
    #expect(rewards == rewards.sorted(by: >))
    #expect(report.remarks(on: winner) == "best" && report.remarks(on: accurate).isEmpty)
    let page = try report.html()
    #expect(page.contains("top-1 of the highest reward") && !page.contains("highest top-1"))
    #expect(page.contains("Its reward is significantly higher than that of each other finalist."))
    // The columns "tied" and "reward" of table.csv.
    let rows = report.csv.split(separator: "\n").map {
      $0.split(separator: ",", omittingEmptySubsequences: false)
    }
    #expect(rows[0].last == "reward")
    #expect(rows.dropFirst().map { String($0[0]) } == report.ordered.map(\.candidate.name))
    let (tied, reward) = (try #require(rows[0].firstIndex(of: "tied")), rows[0].count - 1)
    for standing in ranking.standings {
      let row = try #require(rows.first { $0[0] == standing.candidate.name })
      #expect(Double(row[reward]) == search.reward(of: standing))
      let isReference = standing.candidate.name == ArchitectureSearch.reference
      #expect(row[tied] == (isReference ? "" : standing == winner ? "yes" : "no"))
      #expect(report.isTied(standing) == (isReference ? nil : standing == winner))
    }
  }

  @Test("a search near chance has no winner, and says which training an accuracy is of")
  func nearChance() throws {
    var study = Self.study(.evolution, samples: 8)
    // The cost does not count.
    study.objective = Objective(cost: .macs, target: 1e5, exponentBelow: 0, exponentAbove: 0)
    let settings = Self.settings(study)
    var search = ArchitectureSearch(study, settings, classes: 2)
    var results: [TrialResult] = []
    while search.samples.count < study.samples {
      results += search.propose().map {
        TrialResult(
          Trial($0, seed: 4, epochs: 2), top1: 0.5, loss: 1, trainingLoss: 1, seconds: 1,
          validationPhotos: 20)
      }
      search.learn(results)
    }
    /// The report after longer trainings with these accuracies.
    func report(_ top1: (Candidate) -> Double) -> ExperimentReport {
      let longer = search.finalists.flatMap { candidate in
        search.finalSeeds.map {
          TrialResult(
            Trial(candidate, seed: $0, epochs: study.finalEpochs), top1: top1(candidate), loss: 1,
            trainingLoss: 1, seconds: 1, validationPhotos: 20)
        }
      }
      let ranking = Ranking(
        search.finalists, results: longer, epochs: study.finalEpochs, classes: 2,
        validationPhotos: 20)
      return ExperimentReport(
        title: "x", settings, ranking: ranking, results: results + longer, search: search)
    }
    let nothing = report { _ in 0.55 }
    #expect(nothing.verdict == .nearChance)
    #expect(nothing.findings[0].contains(", which has the highest reward, is not clearly better"))
    #expect(!nothing.findings.contains { $0.contains("also chose") }, "the order means nothing")
    let proposed = search.networksProposed
    #expect(
      nothing.findings[2]
        == "In the search, \(proposed) of \(proposed) networks are not clearly better than "
        + "guessing (50.0\u{A0}%): their order means nothing.")
    #expect(nothing.findings[0].hasSuffix("(--epochs, --top-epochs) or with more photos."))
    #expect(
      nothing.findings[1].hasPrefix("In the search, which trains each network for 2 epochs, "))
    // The finalists tie, whatever the reference does.
    let tie = report { $0.name == ArchitectureSearch.reference ? 0.5 : 0.95 }
    #expect(
      tie.verdict == .tie
        && tie.findings[0].hasPrefix(
          "No winner: the rewards of the 2 finalists do not differ significantly (95 % confidence; "
            + "the reference is not counted). n")
    )
    #expect(
      try tie.html().contains("The rewards of the finalists do not differ significantly; n"))
    #expect(tie.tied.count == 2 && tie.highlighted == nil)
    let names = tie.tied.map { tie.remarks(on: $0) }
    #expect(Set(names) == ["highest reward, tied", "tied"])
    let reference = try #require(
      tie.ranking.standings.first { $0.candidate.name == ArchitectureSearch.reference })
    #expect(tie.remarks(on: reference).hasPrefix("for comparison"))
    #expect(try tie.html().contains("so their top-1 differs from that of the search"))
    let first = search.finalists[0].name
    let best = report { $0.name == first ? 0.95 : 0.5 }
    #expect(best.verdict == .best && best.winner?.candidate.name == first)
    #expect(
      best.findings[0].hasPrefix("The best of the 2 finalists is \(first): its reward is "))
    let page = try best.html()
    #expect(page.contains("In “MB6 k5 se c40 ×3 pool”, MB6 is the operation"))
    #expect(page.contains("after 2 epochs. Each drawing"))
  }

  /// The report of a search whose cost does not count, by the accuracies of the proposals and of
  /// the longer trainings; nil for a training that diverges.
  fileprivate static func report(
    finalists: Int, photos: Int = 400, _ top1: (ArchitectureSearch, Candidate) -> Double?
  ) throws -> (report: ExperimentReport, search: ArchitectureSearch) {
    var study = study(.random, samples: 12, finalists: finalists)
    study.objective = Objective(cost: .macs, target: 1e5, exponentBelow: 0, exponentAbove: 0)
    let settings = settings(study)
    var search = ArchitectureSearch(study, settings, classes: 2)
    func result(_ candidate: Candidate, _ seed: UInt64, _ epochs: Int, _ top1: Double?)
      -> TrialResult
    {
      TrialResult(
        Trial(candidate, seed: seed, epochs: epochs), top1: top1, loss: 1, trainingLoss: 1,
        seconds: 1, validationPhotos: photos)
    }
    var results: [TrialResult] = []
    while search.samples.count < study.samples {
      // The first network is much better than the others in the search.
      results += search.propose().map { result($0, 4, 2, $0.name == "n1" ? 0.95 : 0.7) }
      search.learn(results)
    }
    let longer = search.finalists.flatMap { candidate in
      search.finalSeeds.map { result(candidate, $0, 3, top1(search, candidate)) }
    }
    let tried = search.ranked.count
    let ranking = Ranking(
      finalists > 0 ? search.finalists : search.ranked.map(\.candidate),
      results: finalists > 0 ? longer : results, epochs: finalists > 0 ? 3 : 2, classes: 2,
      validationPhotos: photos, networksTried: tried)
    let report = ExperimentReport(
      title: "x", settings, ranking: ranking, results: results + longer, search: search)
    return (report, search)
  }

  @Test("without two finalists to compare, no network is called the best", arguments: [0, 1])
  func notCompared(finalists: Int) throws {
    let (report, search) = try Self.report(finalists: finalists) { _, candidate in
      candidate.name == ArchitectureSearch.reference ? 0.6 : 0.9
    }
    // The search's own trainings would say that n1 is the best.
    #expect(search.ranked[0].candidate.name == "n1" && search.ranked.count > 3)
    #expect(report.verdict == .notCompared && report.winner?.candidate.name == "n1")
    #expect(report.highlighted == nil && report.tied.isEmpty)
    #expect(report.ranking.standings.allSatisfy { report.isTied($0) == nil })
    #expect(report.ranking.standings.allSatisfy { !report.remarks(on: $0).contains("tied") })
    #expect(
      report.findings[0].hasPrefix(
        finalists == 0
          ? "No winner: no network was trained again to compare it with others (--top 0); n1 has "
            + "the highest reward of the search. It gets "
          : "No winner: n1 is the only network of the search that was trained again, so its reward "
            + "is compared with no other. It gets "))
    #expect(
      report.findings[0].hasSuffix(" To compare networks, start a new search with --top 2 or more.")
    )
    #expect(!report.findings.contains { $0.contains("best") || $0.contains("wins") })
    #expect(report.findings.contains { $0.contains("beats the reference") } == (finalists == 1))
    #expect(report.findings.contains { $0.contains("margin") } == (finalists == 1))
    let page = try report.html()
    #expect(page.contains("Not compared: "))
    #expect(!page.contains("best"))
  }

  @Test("a finalist that is tied with one other and better than a third is not the best")
  func partlyTied() throws {
    let (report, search) = try Self.report(finalists: 3) { search, candidate in
      switch candidate.name {
      case search.ranked[0].candidate.name: 0.90
      case search.ranked[1].candidate.name: 0.91
      case ArchitectureSearch.reference: 0.99
      default: 0.6
      }
    }
    let highest = search.ranked[1].candidate.name
    #expect(report.verdict == .tie && report.winner?.candidate.name == highest)
    #expect(Set(report.tied.map(\.candidate.name)) == ["n1", highest])
    #expect(report.findings[0].hasPrefix("No winner: \(highest) has the highest reward and gets "))
    // The comparison at equal operations is that of the first network of the search, n1.
    let comparison = try #require(report.findings.first { $0.hasPrefix("After the longer tr") })
    #expect(comparison.contains(" training, n1, which had the highest reward in the search "))
    #expect(comparison.contains(" confidence. The margin of this difference is ±"))
    let best = try #require(report.findings.first { $0.hasPrefix("best.json is ") })
    #expect(best.hasPrefix("best.json is \(highest), which has the highest reward now: "))
    #expect(
      best.contains(
        #/ \d+\u{A0}% (more|fewer) operations than the reference, and −8\.0 ± [\d.]+ points of top-1/#
      ))
    #expect(best.hasSuffix("(95 % confidence for all 3 finalists together)."))
    #expect(try report.html().contains("operations as n1, the first of the search"))
    #expect(
      report.findings[0].contains(
        " right, but for 1 of the 2 other finalists the reward is not significantly lower (95 %"))
    #expect(
      try report.html().contains(
        "\(highest) has the highest reward, but not significantly higher than all others."))
  }

  @Test("a finalist whose rivals diverged is compared with none")
  func divergedFinalists() throws {
    let (report, _) = try Self.report(finalists: 3) { _, candidate in
      ["n1", ArchitectureSearch.reference].contains(candidate.name) ? 0.9 : nil
    }
    #expect(report.verdict == .notCompared && report.tied.isEmpty)
    #expect(
      report.findings[0].hasPrefix(
        "No winner: n1 is the only finalist whose longer trainings did not diverge. It gets "))
    #expect(report.findings[0].hasSuffix("(--lr), or clip gradients (--clip)."))
  }

  @Test("the objective in words has the target and the exponents")
  func formula() {
    #expect(
      Objective(cost: .macs, target: 578_700).formula
        == "Target: 578.7 k operations; reward = top-1 · (cost / target)^−0.07.")
    #expect(
      Objective.hard(cost: .latency, target: 5).formula
        == "Target: 5 ms; reward = top-1 · (cost / target)^w, where w is 0 up to the target and "
        + "−1 above it.")
  }
}
