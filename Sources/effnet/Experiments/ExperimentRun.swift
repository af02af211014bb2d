import EfficientNet
import EfficientNetCompute
import EfficientNetReports
import EfficientNetSearch
import EfficientNetTraining

/// An experiment from its settings to its reports: what scale search, scale dimensions and search have in common.
struct ExperimentRun {
  let options: ExperimentOptions
  /// For instance "scale search".
  let command: String
  /// Where its folders are: "runs/scale".
  let place: String
  /// Experiments to compare it with.
  var others: [String] = []

  /// Begins an experiment.
  ///
  /// - Parameters:
  ///   - seeds: Trainings of each network unless an option says otherwise.
  ///   - study: Makes the study, knowing the recipe and the photos; nil if it was interrupted.
  func begin(
    on photos: String, seeds: Int = 3, _ study: (Recipe, DataSplit) throws -> Study?
  ) throws {
    Interruption.install()
    guard let (settings, data) = try options.settings(on: photos, seeds: seeds, study) else {
      return try Interruption.check()
    }
    // Before anything is written.
    let others = try compared(with: settings, classes: data.training.classes.count)
    let folder =
      try options.output.map { try ExperimentFolder(creating: $0) }
      ?? ExperimentFolder(creatingIn: place, name: TrainCommand.name(of: photos))
    do {
      let experiment = try experiment(settings, data, folder)
      try folder.write(settings)
      try run(experiment, settings, data, folder, others)
    } catch {
      folder.discardUnlessBegun()
      throw error
    }
  }

  /// Goes on with an experiment.
  ///
  /// - Parameters:
  ///   - photos: Where the photos are now, if they were moved.
  ///   - belongs: Whether a study is one of this command.
  func goOn(with path: String, photos: String?, belongs: (Study) -> Bool) throws {
    let folder = try ExperimentFolder(resuming: path)
    var settings = try folder.readSettings()
    guard belongs(settings.study) else {
      throw FileError(
        path: path, reason: "it is an experiment of another command: \(settings.command)")
    }
    if let photos { settings.moveData(to: photos) }
    if let broken = options.broken { settings.brokenLimit = broken }
    let data = try settings.photos()
    let others = try compared(with: settings, classes: data.training.classes.count)
    if photos != nil || options.broken != nil { try folder.write(settings) }
    Interruption.install()
    try run(experiment(settings, data, folder), settings, data, folder, others)
  }

  private func experiment(
    _ settings: ExperimentSettings, _ data: DataSplit, _ folder: ExperimentFolder
  ) throws -> Experiment {
    let threads = options.threads ?? ThreadPool.availableProcessors
    return try Experiment(
      settings, data: data, folder: folder, jobs: options.jobs, threads: threads,
      cache: options.cache.makeCache(options.cache.cache ?? .memory, besides: 0))
  }

  private func run(
    _ experiment: Experiment, _ settings: ExperimentSettings, _ data: DataSplit,
    _ folder: ExperimentFolder, _ others: [(name: String, search: ArchitectureSearch)]
  ) throws {
    for note in data.notes { StandardError.note(note) }
    if !options.quiet {
      let networks =
        switch settings.study {
        case .grid(let study): study.candidates.count.counted("network", "networks")
        case .dimensions(let study): study.candidates.count.counted("network", "networks")
        case .architectures(let study): study.samples.counted("proposal", "proposals")
        }
      StandardError.write(
        "\(networks), \(settings.seeds.counted("training", "trainings")) of each, "
          + "\(settings.recipe.epochs.counted("epoch", "epochs")) of "
          + "\(data.training.samples.count.counted("photo", "photos")), "
          + "\(data.validation.samples.count.counted("photo", "photos")) to validate with\n")
    }
    let line = Guarded(
      ExperimentLine(
        settings, results: experiment.results, isJSON: options.json, isQuiet: options.quiet))
    let ranking: Ranking?
    do {
      ranking = try experiment.run(isInterrupted: { Interruption.current != nil }) { progress in
        line.withLock { $0.update(progress) }
      }
    } catch {
      line.withLock { $0.clear() }
      // What kept a training from going on, a full disk for instance, may be put right.
      if error is TrainingError {
        throw FileError(path: folder.path, reason: "\(error); go on with: \(resuming(folder))")
      }
      guard let error = error as? FileError else { throw error }
      throw FileError(
        path: error.path,
        reason: "\(error.reason); once that is put right, go on with: \(resuming(folder))")
    }
    line.withLock { $0.clear() }
    guard let ranking else {
      StandardError.write("stopped in order; go on with: \(resuming(folder))\n")
      return try Interruption.check()
    }
    let search = Self.search(settings, experiment.results, data)
    let report = try report(ranking, experiment, settings, folder, search, others)
    if let search, !options.json { try show(search) }
    try show(ranking, report, settings, folder)
  }

  /// The search that an experiment is; nil if it is another.
  private static func search(
    _ settings: ExperimentSettings, _ results: [TrialResult], _ data: DataSplit
  ) -> ArchitectureSearch? {
    switch settings.study {
    case .grid, .dimensions: nil
    case .architectures(let study):
      ArchitectureSearch(
        study, settings, results: results, classes: data.training.classes.count)
    }
  }

  /// Searches to compare with, which have to be searches for the same.
  private func compared(
    with settings: ExperimentSettings, classes: Int
  ) throws -> [(name: String, search: ArchitectureSearch)] {
    try others.map { path in
      let folder = try ExperimentFolder(existing: path)
      let other = try folder.readSettings()
      guard case .architectures(let study) = other.study,
        case .architectures(let own) = settings.study
      else {
        throw FileError(path: path, reason: "it is no search: \(other.command)")
      }
      guard study.objective == own.objective, other.dataFingerprint == settings.dataFingerprint,
        other.recipe == settings.recipe, other.precision == settings.precision,
        other.seeds == settings.seeds
      else {
        throw FileError(
          path: path,
          reason:
            "its objective, photos, recipe, precision or seeds are others: rewards do not compare"
        )
      }
      return (
        study.controller.rawValue,
        ArchitectureSearch(study, other, results: try folder.readResults(), classes: classes)
      )
    }
  }

  private func resuming(_ folder: ExperimentFolder) -> String {
    ShellWords.joined(
      ["effnet"] + command.split(separator: " ").map(String.init) + ["--resume", folder.path])
  }

  private func report(
    _ ranking: Ranking, _ experiment: Experiment, _ settings: ExperimentSettings,
    _ folder: ExperimentFolder, _ search: ArchitectureSearch?,
    _ others: [(name: String, search: ArchitectureSearch)]
  ) throws -> ExperimentReport {
    let report = ExperimentReport(
      title: "\(command): \(folder.name)", settings, ranking: ranking, results: experiment.results,
      search: search, others: others)
    if let search { try folder.write(search.csv, to: folder.file("search.csv")) }
    try folder.write(report.csv, to: folder.file("table.csv"))
    for picture in report.pictures {
      try folder.write(picture.svg, to: folder.file(picture.name))
    }
    try folder.write(settings.study.baseline.json + "\n", to: folder.file("baseline.json"))
    if let best = report.winner {
      try folder.write(best.candidate.architecture.json + "\n", to: folder.file("best.json"))
    }
    // The last one: where there is a page, everything is there.
    try folder.write(report.html(), to: folder.report)
    return report
  }

  /// The networks that were worth most.
  private func show(_ search: ArchitectureSearch) throws {
    var table = TextTable([.left, .right, .right, .right, .right, .left])
    table.add("network", "reward", "top-1, %", "parameters", "MACs", "stages")
    for sample in search.ranked.prefix(10) {
      table.add(
        sample.candidate.name, sample.reward.formatted(digits: 4),
        sample.top1.map { (100 * $0).formatted(digits: 1) } ?? "diverged",
        sample.network.parameters.grouped,
        "\((Double(sample.network.macs) / 1e6).formatted(digits: 2)) M",
        sample.candidate.architecture.stages.map(\.short).joined(separator: " · "))
    }
    try StandardOutput.print("")
    for line in table.lines { try StandardOutput.print(line) }
  }

  private func show(
    _ ranking: Ranking, _ report: ExperimentReport, _ settings: ExperimentSettings,
    _ folder: ExperimentFolder
  ) throws {
    if options.json {
      return try StandardOutput.print(jsonLine(ExperimentSummary(ranking, report, folder)))
    }
    // Without finalists all of a search's networks have been shown, the best of them.
    if !settings.study.isSearchAlone {
      try StandardOutput.print("")
      for line in Self.table(ranking, best: report.winner).lines {
        try StandardOutput.print(line)
      }
    }
    try StandardOutput.print("")
    for finding in report.findings { try StandardOutput.print(finding) }
    try StandardOutput.print("")
    try StandardOutput.print("report: \(folder.report)")
    guard let best = report.winner else { return }
    let next = next(best.candidate, settings, folder)
    try StandardOutput.print("next: \(ShellWords.joined(next))")
  }

  private static func table(_ ranking: Ranking, best: Ranking.Standing?) -> TextTable {
    var table = TextTable([.left, .right, .right, .right, .right, .left])
    table.add("network", "pixels", "parameters", "MACs", "top-1, %", "")
    for standing in ranking.standings {
      table.add(
        standing.candidate.name, "\(standing.candidate.architecture.resolution)",
        standing.cost.parameters.grouped,
        "\((Double(standing.cost.macs) / 1e6).formatted(digits: 2)) M", standing.accuracy,
        remark(standing, best))
    }
    return table
  }

  private static func remark(_ standing: Ranking.Standing, _ best: Ranking.Standing?) -> String {
    let rank = standing == best ? "best" : standing.isTied ? "tied" : ""
    guard standing.diverged > 0 else { return rank }
    return rank + (rank.isEmpty ? "" : ", ") + "\(standing.diverged) diverged"
  }

  /// The command that goes on with what was found: the family that the best α, β and γ give, how the architecture that was found
  /// scales, or a longer training of the best network.
  private func next(
    _ best: Candidate, _ settings: ExperimentSettings, _ folder: ExperimentFolder
  ) -> [String] {
    if case .architectures = settings.study {
      return [
        "effnet", "scale", "search", settings.data, "--baseline", folder.file("best.json"),
        "--fine", "--points", "24",
      ]
    }
    guard case .grid = settings.study, let point = best.coefficients else {
      return [
        "effnet", "train", settings.data, "--model", folder.file("best.json"), "--from-scratch",
      ]
    }
    return [
      "effnet", "scale", "table", "--baseline", folder.file("baseline.json"), "--alpha",
      point.depth.shortest, "--beta", point.width.shortest, "--gamma",
      point.resolution.shortest,
    ] + (settings.study.isFine ? ["--fine"] : [])
  }
}

/// The last line of an experiment with --json.
private struct ExperimentSummary: Encodable {
  struct Network: Encodable {
    let name: String
    let series: String?
    let factors: CompoundCoefficients?
    let parameters, macs, resolution: Int
    let top1, standardError: Double?
    let isTied: Bool
    let diverged: Int

    private enum CodingKeys: String, CodingKey {
      case name, series, factors, parameters, macs, resolution, top1, diverged
      case standardError = "standard_error"
      case isTied = "tied"
    }
  }

  let output, report: String
  let best: String?
  let tied: [String]
  let deviation: Double?
  let findings: [String]
  let networks: [Network]

  init(_ ranking: Ranking, _ report: ExperimentReport, _ folder: ExperimentFolder) {
    (output, self.report) = (folder.path, folder.report)
    best = report.winner?.candidate.name
    tied = ranking.tied.map(\.candidate.name)
    (deviation, findings) = (ranking.deviation, report.findings)
    networks = ranking.standings.map {
      Network(
        name: $0.candidate.name, series: $0.candidate.series, factors: $0.candidate.factors,
        parameters: $0.cost.parameters, macs: $0.cost.macs,
        resolution: $0.candidate.architecture.resolution, top1: $0.mean,
        standardError: $0.standardError, isTied: $0.isTied, diverged: $0.diverged)
    }
  }
}
