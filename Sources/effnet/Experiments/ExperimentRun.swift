import ArgumentParser
import EfficientNet
import EfficientNetReports
import EfficientNetSearch
import EfficientNetTraining

/// Runs an experiment from its settings to its reports, for `scale search`, `scale dimensions` and
/// `search`.
struct ExperimentRun {
  let options: ExperimentOptions
  /// The words of the command, such as "scale search".
  let command: String
  /// The folder of new experiments, such as "runs/scale".
  let place: String
  /// The folders of experiments to compare with.
  var others: [String] = []

  /// Starts or resumes an experiment.
  ///
  /// - Parameters:
  ///   - seeds: The number of trainings per network if no option sets it.
  ///   - belongs: Returns whether a study belongs to this command.
  ///   - prepare: For a new experiment, returns a closure that makes the study from the recipe and
  ///     the photos; the closure returns nil if it was interrupted.
  func run(
    seeds: Int = 3, belongs: (Study) -> Bool,
    prepare: () throws -> (Recipe, DataSplit) throws -> Study?
  ) throws {
    if let resume = options.resume { return try goOn(with: resume, belongs: belongs) }
    guard let photos = options.photos else {
      let noun = command == "search" ? "a search" : "an experiment"
      throw ValidationError("no photos given; name photos to train on, or \(noun) with --resume")
    }
    try begin(on: photos, seeds: seeds, prepare())
  }

  private func begin(
    on photos: String, seeds: Int, _ study: (Recipe, DataSplit) throws -> Study?
  ) throws {
    Signals.note()
    guard let (settings, data) = try options.settings(on: photos, seeds: seeds, study) else {
      return try Interruption.check()
    }
    // Check the other experiments before anything is written.
    let others = try settings.compared(with: others, classes: data.training.classes.count)
    let folder =
      try options.output.map { try ExperimentFolder(creating: $0) }
      ?? .numbered(in: place, name: TrainingStart.name(of: photos), isQuiet: options.quiet)
    do {
      try run(settings, data, folder, others, isNew: true)
    } catch {
      folder.discardUnlessBegun()
      throw error
    }
  }

  private func goOn(with path: String, belongs: (Study) -> Bool) throws {
    let folder = try ExperimentFolder(resuming: path)
    var settings = try folder.readSettings()
    guard belongs(settings.study) else {
      throw FileError(
        path: path, reason: "another command started this experiment: \(settings.command)")
    }
    if let photos = options.photos { settings.moveData(to: photos) }
    if let broken = options.broken { settings.brokenLimit = broken }
    let data = try settings.photos()
    let others = try settings.compared(with: others, classes: data.training.classes.count)
    if options.photos != nil || options.broken != nil { try folder.write(settings) }
    Signals.note()
    try run(settings, data, folder, others)
  }

  private func run(
    _ settings: ExperimentSettings, _ data: DataSplit, _ folder: ExperimentFolder,
    _ others: [(name: String, search: ArchitectureSearch)], isNew: Bool = false
  ) throws {
    let experiment = try Experiment(
      settings, data: data, folder: folder, jobs: options.jobs,
      threads: options.threads ?? ThreadPool.availableProcessors,
      cache: options.cache.makeCache(besides: 0))
    if isNew { try folder.write(settings) }
    StandardError.note(data.notes)
    if !options.quiet {
      let networks =
        settings.study.search?.samples.counted("proposal", "proposals")
        ?? settings.study.candidates.count.counted("network", "networks")
      StandardError.write(
        "\(networks), \(settings.seeds.counted("training", "trainings")) of each, "
          + "\(settings.recipe.epochs.counted("epoch", "epochs")) of "
          + "\(data.training.samples.count.counted("photo", "photos")), "
          + "\(data.validation.samples.count.counted("photo", "photos")) held out for validation\n")
    }
    let line = Locked(
      ExperimentLine(
        settings, results: experiment.results, isJSON: options.json, isQuiet: options.quiet))
    let ranking: Ranking?
    do {
      ranking = try experiment.run(isInterrupted: { Interruption.current != nil }) { progress in
        line.withLock { $0.update(progress) }
      }
    } catch {
      // The cause, for instance a full disk, may be fixed.
      if error is TrainingError {
        throw FileError(
          path: folder.path,
          reason: "\(StandardError.text(of: error)); to continue: \(resuming(folder))")
      }
      throw (error as? FileError)?.resumable(by: resuming(folder)) ?? error
    }
    guard let ranking else {
      StandardError.write("stopped cleanly; to continue: \(resuming(folder))\n")
      return try Interruption.check()
    }
    let report = try experiment.writeReports(
      ranking, title: "\(command): \(folder.name)", others: others, to: folder)
    if let search = experiment.search, !options.json { try show(search) }
    try show(ranking, report, settings, folder)
  }

  private func resuming(_ folder: ExperimentFolder) -> String {
    shellLine(
      ["effnet"] + command.split(separator: " ").map(String.init) + ["--resume", folder.path])
  }

  /// Prints the ten networks with the highest rewards.
  private func show(_ search: ArchitectureSearch) throws {
    let lines = search.ranked.prefix(10).tableLines(
      .left("network") { $0.candidate.name }, .right("reward") { $0.reward.formatted(digits: 4) },
      .right("top-1, %") { $0.top1.map { (100 * $0).formatted(digits: 1) } ?? "diverged" },
      .right("parameters") { $0.network.parameters.grouped },
      .right("MACs") { "\((Double($0.network.macs) / 1e6).formatted(digits: 2)) M" },
      .left("stages") { $0.candidate.architecture.stages.map(\.short).joined(separator: " · ") })
    try StandardOutput.print([""] + lines)
  }

  private func show(
    _ ranking: Ranking, _ report: ExperimentReport, _ settings: ExperimentSettings,
    _ folder: ExperimentFolder
  ) throws {
    if options.json {
      let networks: [JSONObject] = ranking.standings.map {
        [
          "name": $0.candidate.name, "series": $0.candidate.series,
          "factors": $0.candidate.factors, "parameters": $0.cost.parameters,
          "macs": $0.cost.macs, "resolution": $0.candidate.architecture.resolution,
          "top1": $0.mean, "standardError": $0.standardError, "tied": $0.isTied,
          "diverged": $0.diverged,
        ]
      }
      return try StandardOutput.print(object: [
        "output": folder.path, "report": folder.file("report.html"),
        "best": report.winner?.candidate.name, "tied": ranking.tied.map(\.candidate.name),
        "deviation": ranking.deviation, "findings": report.findings, "networks": networks,
      ])
    }
    // Without finalists, the table of the search already shows the best networks.
    if settings.study.search?.finalists != 0 {
      let lines = ranking.standings.tableLines(
        .left("network") { $0.candidate.name },
        .right("pixels") { "\($0.candidate.architecture.resolution)" },
        .right("parameters") { $0.cost.parameters.grouped },
        .right("MACs") { "\((Double($0.cost.macs) / 1e6).formatted(digits: 2)) M" },
        .right("top-1, %") { $0.accuracy },
        .left { standing in
          let remarks =
            (standing == report.winner ? ["best"] : standing.isTied ? ["tied"] : [])
            + (standing.diverged > 0 ? ["\(standing.diverged) diverged"] : [])
          return remarks.joined(separator: ", ")
        })
      try StandardOutput.print([""] + lines)
    }
    try StandardOutput.print(
      [""] + report.findings + ["", "report: \(folder.file("report.html"))"])
    if let best = report.winner {
      try StandardOutput.print("next: \(shellLine(next(best.candidate, settings, folder)))")
    }
  }

  /// Returns a command for the next step: `scale table` with the best α, β and γ, `scale search`
  /// from the architecture that was found, or `train` with the best network.
  private func next(
    _ best: Candidate, _ settings: ExperimentSettings, _ folder: ExperimentFolder
  ) -> [String] {
    if case .architectures = settings.study {
      return [
        "effnet", "scale", "search", settings.data, "--baseline", folder.file("best.json"),
        "--fine", "--points", "24",
      ]
    }
    guard case .grid(let study) = settings.study, let point = best.coefficients else {
      return [
        "effnet", "train", settings.data, "--model", folder.file("best.json"), "--from-scratch",
      ]
    }
    return [
      "effnet", "scale", "table", "--baseline", folder.file("baseline.json"), "--alpha",
      point.depth.shortest, "--beta", point.width.shortest, "--gamma",
      point.resolution.shortest,
    ] + (study.rule == study.rule.fine ? ["--fine"] : [])
  }
}
