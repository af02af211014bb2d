internal import EfficientNet
internal import EfficientNetCompute
internal import EfficientNetReports
internal import EfficientNetTraining

/// The report of an experiment: an HTML page and SVG pictures.
public struct ExperimentReport: Sendable {
  let title: String
  let settings: ExperimentSettings
  let ranking: Ranking
  /// The findings in words, one sentence or two each.
  public let findings: [String]
  /// The network with the highest accuracy, or the highest reward in a search; nil if all trainings
  /// diverged. ``verdict`` says whether that is significantly higher than others'.
  public let winner: Ranking.Standing?
  /// The conclusion about ``winner``; nil if all trainings diverged.
  public let verdict: Verdict?
  /// The networks that are statistically tied with ``winner``, which is one of them: by their
  /// rewards in a search, else by their accuracies. Empty if no networks are compared.
  package let tied: [Ranking.Standing]
  /// The names of the networks that are compared with each other.
  private let compared: Set<String>
  let seconds: Double
  let search: ArchitectureSearch?
  private let others: [ArchitectureSearch.Named]

  /// Creates a report.
  ///
  /// - Parameters:
  ///   - ranking: The ranking of the last round.
  ///   - results: The results of all rounds.
  ///   - search: The architecture search, if the experiment is one.
  ///   - others: Searches to compare with.
  ///   - notes: Other sentences for the findings, without a period, such as that networks enlarge the
  ///     photos.
  public init(
    title: String, _ settings: ExperimentSettings, ranking: Ranking, results: [TrialResult],
    search: ArchitectureSearch? = nil, others: [ArchitectureSearch.Named] = [],
    notes: [String] = []
  ) {
    (self.title, self.settings, self.ranking) = (title, settings, ranking)
    (self.search, self.others) = (search, others)
    winner = search.map { $0.winner(ranking) } ?? ranking.best
    verdict = search.map { $0.verdict(ranking) } ?? ranking.verdict
    let compared = search?.compared(ranking) ?? ranking.compared
    self.compared = Set(compared.map(\.candidate.name))
    tied = compared.isEmpty ? [] : search?.tied(ranking) ?? ranking.tied
    seconds = results.reduce(0) { $0 + $1.seconds }
    var findings =
      switch settings.study {
      case .grid(let study): study.findings(ranking)
      case .dimensions(let study): study.findings(ranking)
      case .architectures: search?.findings(ranking, others: others) ?? []
      }
    if let winner, let words = settings.study.distortionWords(on: winner.candidate) {
      findings.insert("The highest is distorted by rounding: \(words).", at: min(1, findings.count))
    }
    if let remark = ranking.nearChanceRemark { findings.append(remark) }
    if let subset = settings.subset, let verdict, verdict != .nearChance {
      findings.append(
        "--limit \(subset) leaves out photos for validation, too: a larger --limit narrows the "
          + "margins.")
    }
    for remark in settings.study.roundingRemarks + notes {
      findings.append("\(remark.prefix(1).uppercased())\(remark.dropFirst()).")
    }
    if let verdict, verdict != .nearChance {
      findings += Self.caveats(
        settings, networks: search?.networksProposed ?? ranking.networksTried)
    }
    // Without finalists, a search compares no networks and prints no margins.
    let hasMargins = ranking.best != nil && settings.study.search?.finalists != 0
    if hasMargins, ranking.deviation != nil {
      findings.append(
        "The margins of differences cover other seeds and other validation photos of the same kind. "
          + "They are upper bounds: all networks see the same photos, so part of the error is common "
          + "to them. The ± after an accuracy is its standard error over the seeds "
          + "alone; the ± after a difference is its 95 % margin."
      )
    } else if hasMargins {
      findings.append(
        "Each network was trained once, so the margins follow from the number of validation photos "
          + "alone; other seeds (\(settings.study.moreSeeds)) show how much the result varies.")
    }
    self.findings = findings
  }

  /// Returns the page as HTML that needs no other file.
  ///
  /// - Throws: `EncodingError`.
  public func html() throws -> String {
    var page = ReportPage(title: title, notes: [], cards: cards)
    page.add("Findings", "\(findings.map { "<p>\(HTML.prose($0))</p>\n" as HTML })")
    // If all trainings diverged, there is nothing to draw.
    if ranking.best != nil { addPictures(to: &page) }
    if search == nil {
      page.add("All networks", table)
    }
    page.addConfiguration(try ReportSettings(Shown(settings)), command: settings.command)
    return page.html.markup
  }

  /// The networks in the order of the verdict: by reward in a search, otherwise by accuracy; then
  /// those that shorter rounds left out.
  package var ordered: [Ranking.Standing] {
    guard let search else { return ranking.standings + ranking.leftOut }
    return ranking.standings.sorted { search.reward(of: $0) > search.reward(of: $1) }
  }

  /// The network that the tables call the best; nil if there is no winner.
  package var highlighted: Ranking.Standing? { verdict == .best ? winner : nil }

  /// The 95 % margin of the difference of the two highest networks that the findings name, as a
  /// fraction of 1; nil for fewer networks, and for a search, which compares rewards.
  package var highestMargin: Double? {
    let margin =
      switch settings.study {
      case .grid: ranking.highestMargin(tail: Ranking.tailOfBest(among: ranking.standings))
      case .dimensions: ranking.highestMargin(tail: 0.025)
      case .architectures: nil as Margin?
      }
    return margin?.whole
  }

  /// Returns whether a network is one of ``tied``; nil if it is not compared.
  package func isTied(_ standing: Ranking.Standing) -> Bool? {
    compared.contains(standing.candidate.name) ? tied.contains(standing) : nil
  }

  /// Returns the remarks on a network in the tables, such as "best" or "tied, 1 diverged".
  package func remarks(on standing: Ranking.Standing) -> String {
    if let epochs = standing.leftOutAfter {
      return "left out after \(epochs.counted("epoch", "epochs"))"
    }
    var remarks: [String] = []
    if search != nil {
      if standing.candidate.name == ArchitectureSearch.reference {
        remarks.append("for comparison")
      }
      if standing == winner, standing != highlighted { remarks.append("highest reward") }
    }
    if standing == highlighted {
      remarks.append("best")
    } else if search == nil, let highlighted, ranking.isSameNetwork(standing, highlighted) {
      remarks.append("the same network")
    } else if isTied(standing) == true, tied.count > 1 {
      remarks.append("tied")
    }
    if ranking.isNearChance(standing) { remarks.append("near chance") }
    if settings.study.isDistorted(standing.candidate) { remarks.append("distorted") }
    if standing.diverged > 0 { remarks.append("\(standing.diverged) diverged") }
    return remarks.joined(separator: ", ")
  }

  private func addPictures(to page: inout ReportPage) {
    let bars: HTML = "<p>\(ranking.barsRemark)</p>\n"
    switch settings.study {
    case .grid(let study):
      page.add("Accuracy surface", study.surface(ranking))
      page.add("Accuracy and cost", bars, study.chart(ranking).svg)
    case .dimensions(let study):
      page.add(
        "Accuracy and cost", bars, study.settings.isEmpty ? "" : DimensionStudy.legend,
        "<div class=\"charts\">\(charts.map(\.chart.svg))</div>\n")
      page.add("Compound scaling and each dimension", study.table(ranking))
    case .architectures(let study):
      guard let search else { break }
      page.add(
        "Rewards", search.rewardsRemark(others),
        "<div class=\"charts\">\(charts.map(\.chart.svg))</div>\n")
      page.add(
        "Highest rewards of the search", search.drawings(3), search.table(20),
        ArchitectureSearch.notation)
      if study.finalists > 0 {
        page.add(
          "Trained longer", search.finalistsRemark, table)
      }
    }
  }

  private var charts: [(name: String, chart: Chart)] {
    switch settings.study {
    case .grid(let study): [("accuracy", study.chart(ranking))]
    case .dimensions(let study): study.charts(ranking)
    case .architectures: search?.charts(others) ?? []
    }
  }

  /// The SVG pictures with their file names.
  public var pictures: [(name: String, svg: String)] {
    guard ranking.best != nil else { return [] }
    return charts.map { ("\($0.name).svg", $0.chart.file.markup) }
  }

  /// The settings shown on the page, without the networks, which have their own table.
  private struct Shown: Encodable {
    let version, data: String
    let subset: Int?
    let firstSeed: UInt64
    let seeds: Int
    let recipe: Recipe
    let precision: String
    let baseline: Architecture
    /// The following are for searches only.
    let controller: String?
    let objective: Objective?
    let samples, proposalsAtATime: Int?

    init(_ settings: ExperimentSettings) {
      (version, data, subset) = (settings.version, settings.data, settings.subset)
      (firstSeed, seeds, recipe) = (settings.firstSeed, settings.seeds, settings.recipe)
      precision = settings.precision.rawValue
      (baseline, objective) = (settings.study.baseline, settings.study.search?.objective)
      controller = settings.study.search?.controller.rawValue
      (samples, proposalsAtATime) = (settings.study.search?.samples, settings.study.search?.batch)
    }
  }
}

extension Ranking.Standing {
  /// The mean accuracy in percent with its standard error: "54.1 ± 0.4".
  public var accuracy: String {
    guard let mean else { return "diverged" }
    return (100 * mean).fixed(1) + (standardError.map { " ± \((100 * $0).fixed(1))" } ?? "")
  }

  var point: Chart.Point? {
    mean.map { Chart.Point(Double(cost.macs) / 1e6, $0, spread: standardError ?? 0) }
  }
}
