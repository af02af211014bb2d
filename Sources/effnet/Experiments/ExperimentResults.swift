import EfficientNet
import EfficientNetReports
import EfficientNetSearch
import EfficientNetTraining

/// The results of an experiment on standard output.
struct ExperimentResults {
  let settings: ExperimentSettings
  let ranking: Ranking
  let report: ExperimentReport
  let search: ArchitectureSearch?
  let folder: ExperimentFolder

  /// Prints the tables, the findings and the next command.
  func print() throws {
    if let search { try StandardOutput.print(proposals(search)) }
    // Without finalists, the table of the search already shows these networks.
    if settings.study.search?.finalists != 0 {
      if case .dimensions(let study) = settings.study {
        try StandardOutput.print([""] + table(study.rows(ranking), study.settingsRemark))
      } else {
        try StandardOutput.print([""] + table(report.ordered))
      }
    }
    try StandardOutput.print(
      [""] + report.findings + ["", "report: \(folder.file("report.html"))"])
    guard let next else { return }
    if let powerRemark { try StandardOutput.print(powerRemark) }
    if report.verdict != .best, let highest = report.winner {
      let title = settings.study.title(of: highest.candidate)
      try StandardOutput.print("There is no winner. To continue with \(title) anyway:")
    }
    try StandardOutput.print("next: \(shellLine(next))")
  }

  /// A sentence on the α, β and γ of ``next`` if φ of the network is not 1; nil for others.
  private var powerRemark: String? {
    guard case .grid(let study) = settings.study, let winner = report.winner,
      let phi = winner.candidate.phi, phi != 1, let own = winner.candidate.coefficients,
      let powers = study.fileCoefficients(of: winner.candidate)
    else { return nil }
    return
      "The command's \(powers.words) are \(own.words) to the power of φ = \(phi.fixed(3)), so "
      + "its φ = 1 is the network that was trained. Rounding gives it "
      + "\(growth(of: winner)) times the operations although α·β²·γ² is "
      + "\(powers.cost.fixed(2))."
  }

  /// The operations of a network as a multiple of the baseline's, such as "1.92".
  private func growth(of standing: Ranking.Standing) -> String {
    (Double(standing.cost.macs) / Double(NetworkCost(settings.study.baseline).macs)).fixed(2)
  }

  func printJSON() throws {
    var rows: [DimensionStudy.Row] = []
    if case .dimensions(let study) = settings.study { rows = study.rows(ranking) }
    let networks: [JSONObject] = report.ordered.map { standing in
      let candidate = standing.candidate
      let row = rows.first { $0.standing == standing }
      return [
        "name": candidate.name, "title": settings.study.title(of: candidate),
        "series": candidate.series, "factors": candidate.factors,
        "phi": candidate.phi,
        "operationsAsked": row?.asked, "operationsReached": row?.reached,
        "compoundMinusIt": row?.difference?.mean, "compoundMargin": row?.difference?.margin,
        "compoundIs": row?.difference == nil ? nil : row?.verdict,
        "parameters": standing.cost.parameters, "macs": standing.cost.macs,
        "resolution": candidate.architecture.resolution, "top1": standing.mean,
        "top1Count": standing.right?.successes, "images": standing.right?.total,
        "top1Interval": standing.right?.ends,
        "standardError": standing.standardError,
        "reward": search?.reward(of: standing), "tied": report.isTied(standing),
        "diverged": standing.diverged, "leftOutAfter": standing.leftOutAfter,
        "nearChance": ranking.isNearChance(standing),
        "distorted": settings.study.isDistorted(candidate),
      ]
    }
    try StandardOutput.print(object: [
      "output": folder.path, "report": folder.file("report.html"),
      "objective": settings.study.search?.objective,
      "verdict": report.verdict?.rawValue, "chance": ranking.chance.share,
      "best": report.highlighted?.candidate.name, "highest": report.winner?.candidate.name,
      "tied": report.tied.map(\.candidate.name), "deviation": ranking.deviation,
      "highestMargin": report.highestMargin,
      "highestP": settings.study.search == nil ? ranking.highestProbability : nil,
      "findings": report.findings, "networks": networks,
    ])
  }

  // MARK: - Tables

  /// The ten networks with the highest rewards of the search.
  private func proposals(_ search: ArchitectureSearch) -> [String] {
    let epochs = settings.recipe.epochs.counted("epoch", "epochs")
    let best = search.ranked.prefix(10)
    let lines = best.tableLines(
      .left("network") { $0.candidate.name }, .right("reward") { $0.reward.formatted(digits: 4) },
      .right("top-1, %") { $0.top1.map { (100 * $0).formatted(digits: 1) } ?? "diverged" },
      .right("photos right") { $0.right?.ofTotal ?? "" },
      .right("parameters") { $0.network.parameters.grouped },
      .right("MACs") { Double($0.network.macs).abbreviated })
    // Stages are longer than a line, which would break the table.
    let stages = best.tableLines(
      .left { $0.candidate.name }, .left { $0.candidate.architecture.shortStages })
    let all = search.ranked.count
    let part =
      best.count < all ? " (\(best.count) of \(all) networks; the rest is in search.csv)" : ""
    return ["", "The search, \(epochs) each\(part):"] + lines + ["", "Their stages:"] + stages
      + ["", "How to read a stage: \(Stage.briefNotation)"] + chanceMeaning
  }

  /// The networks in the order of the report.
  private func table(_ standings: [Ranking.Standing]) -> [String] {
    guard let search, let study = settings.study.search else { return plainTable(standings) }
    let epochs = study.finalEpochs.counted("epoch", "epochs")
    return [
      "The finalists and the reference, trained again for \(epochs) with other seeds, the highest",
      "reward first, since the verdict compares rewards:",
    ]
      + standings.tableLines(
        .left("network") { $0.candidate.name },
        .right("reward") { search.reward(of: $0).formatted(digits: 4) },
        .right("parameters") { $0.cost.parameters.grouped },
        .right("MACs") { Double($0.cost.macs).abbreviated },
        .right("top-1, %") { $0.accuracy }, .right("right") { $0.right?.ofTotal ?? "" },
        .right("95 % interval") { $0.right?.intervalText ?? "" },
        .left { report.remarks(on: $0) }) + errorMeaning
  }

  /// The meaning of the ± after an accuracy; empty without one.
  private var errorMeaning: [String] {
    ranking.deviation == nil
      ? [] : ["top-1: the mean ± its standard error over the seeds, which is not a 95 % margin"]
  }

  /// The meaning of "near chance" in a table, and in the lines of a search; empty if no network is.
  private var chanceMeaning: [String] {
    guard
      report.ordered.contains(where: { report.remarks(on: $0).contains("near chance") })
        || search?.nearChanceRemark(ranking.chance) != nil
    else { return [] }
    let count = ranking.networksTried.counted("network", "networks")
    return [
      "near chance: not clearly better than guessing (\(ranking.chance.share.percent())), with "
        + "95 % confidence for all \(count) together; the interval is for one network alone"
    ]
  }

  /// The same for an experiment without rewards.
  private func plainTable(_ standings: [Ranking.Standing]) -> [String] {
    var columns: [TextColumn<Ranking.Standing>] = [
      .left("network") { settings.study.title(of: $0.candidate) }
    ]
    var meanings: [String] = []
    if case .grid(let study) = settings.study, study.adjustsPhi {
      columns.append(.right("φ") { $0.candidate.phi?.formatted(digits: 3) ?? "" })
      meanings = [
        "φ: α^φ, β^φ and γ^φ are the network's factors; --equal-macs chooses φ for the operations"
      ]
    }
    columns += [
      .right("parameters") { $0.cost.parameters.grouped },
      .right("MACs") { Double($0.cost.macs).abbreviated },
      .right("× baseline") { growth(of: $0) },
      .right("top-1, %") { $0.accuracy }, .right("right") { $0.right?.ofTotal ?? "" },
      .right("95 % interval") { $0.right?.intervalText ?? "" },
      .left { report.remarks(on: $0) },
    ]
    return standings.tableLines(columns) + meanings + errorMeaning + chanceMeaning
  }

  /// The networks of each factor: their operations, and their accuracies.
  ///
  /// - Parameter remark: The meaning of names by factors; nil if there are none.
  private func table(_ rows: [DimensionStudy.Row], _ remark: String?) -> [String] {
    let operations = rows.tableLines(
      .left("network") { $0.title },
      .right("d") { $0.factors?.depth.fixed(2) ?? "" },
      .right("w") { $0.factors?.width.fixed(2) ?? "" },
      .right("r") { $0.factors?.resolution.fixed(2) ?? "" },
      .right("d·w²·r²") { $0.factors?.cost.fixed(2) ?? "" },
      .right("asked") { $0.asked.map { "\($0.shortest)×" } ?? "" },
      .right("reached") { "\($0.reached.formatted(digits: 2))×" },
      .right("MACs") { Double($0.standing.cost.macs).abbreviated })
    let example = rows.lazy.compactMap { row in
      row.asked.map {
        "network: \(row.title) is scaled to \($0.shortest) times the baseline's operations (MACs), "
          + "as nearly as rounding allows"
      }
    }.first
    let meanings =
      [example, remark].compactMap(\.self) + [
        "d, w, r: its factors on depth, width and resolution, before rounding",
        "d·w²·r²: the growth of the operations that these factors promise",
        "asked, reached: the operations as multiples of the baseline's, before and after rounding",
        "",
      ]
    let shapes = rows.tableLines(
      .left("network") { $0.title },
      .right("pixels") { "\($0.standing.candidate.architecture.resolution)" },
      .left("layers per stage") { $0.repeats }, .left("channels per stage") { $0.channels })
    let accuracies = rows.tableLines(
      .left("network") { $0.title }, .right("top-1, %") { $0.standing.accuracy },
      .right("right") { $0.standing.right?.ofTotal ?? "" },
      .right("95 % interval") { $0.standing.right?.intervalText ?? "" },
      .right("compound − it") { $0.differenceText },
      .left("compound") { $0.verdict }, .left("ranking") { report.remarks(on: $0.standing) })
    return operations + meanings + shapes + [""] + accuracies + errorMeaning + chanceMeaning + [
      "compound − it: the difference in points of top-1 ± its 95 % margin",
      "compound: whether compound scaling by the same factor is better, worse or tied",
      "ranking: the network among all; tied: it does not differ significantly from the highest",
    ]
  }

  // MARK: - Next command

  /// A command for the next step: `scale table` with the α, β and γ of the highest top-1,
  /// `scale search` from the architecture with the highest reward, or `train` with the network of
  /// the highest top-1. Nil if nothing was learned.
  ///
  /// The network of `scale table` at φ = 1 is the one that was trained.
  private var next: [String]? {
    guard let best = report.winner?.candidate, report.verdict != .nearChance else { return nil }
    let photos = settings.dataFromHere ?? settings.dataPath
    let options = settings.options(recipeIn: folder.settings)
    let training =
      ["effnet", "train", photos, "--model", folder.file("best.json"), "--from-scratch"] + options
    switch settings.study {
    case .architectures:
      return [
        "effnet", "scale", "search", photos, "--model", folder.file("best.json"),
        "--fine", "--points", "24", "--equal-macs",
      ] + options
    case .dimensions: return training
    case .grid(let study):
      // The file of a baseline does not have its family's rounding rule.
      guard let point = study.fileCoefficients(of: best) else { return training }
      return [
        "effnet", "scale", "table", "--model", folder.file("baseline.json"), "--alpha",
        point.depth.shortest, "--beta", point.width.shortest, "--gamma",
        point.resolution.shortest,
      ] + (study.rule == study.rule.fine ? ["--fine"] : [])
    }
  }
}
