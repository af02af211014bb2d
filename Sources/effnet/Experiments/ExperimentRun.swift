#if Tools
  import EfficientNet
  import EfficientNetCompute
  import EfficientNetSearch
  import EfficientNetTraining

  /// An experiment from its settings to its reports: what scale search and scale dimensions have in common.
  struct ExperimentRun {
    let options: ExperimentOptions
    /// For instance "scale search".
    let command: String

    /// Begins an experiment.
    func begin(on photos: String, _ study: Study) throws {
      let (settings, data) = try options.settings(on: photos, study)
      Interruption.install()
      let folder =
        try options.output.map { try ExperimentFolder(creating: $0) }
        ?? ExperimentFolder(creatingIn: "runs/scale", name: TrainCommand.name(of: photos))
      do {
        let experiment = try experiment(settings, data, folder)
        try folder.write(settings)
        try run(experiment, settings, data, folder)
      } catch {
        folder.discardUnlessBegun()
        throw error
      }
    }

    /// Goes on with an experiment.
    ///
    /// - Parameter belongs: Whether a study is one of this command.
    func goOn(with path: String, belongs: (Study) -> Bool) throws {
      let folder = try ExperimentFolder(resuming: path)
      let settings = try folder.readSettings()
      guard belongs(settings.study) else {
        throw FileError(
          path: path, reason: "it is an experiment of another command: \(settings.command)")
      }
      let data = try settings.photos()
      Interruption.install()
      try run(experiment(settings, data, folder), settings, data, folder)
    }

    private func experiment(
      _ settings: ExperimentSettings, _ data: DataSplit, _ folder: ExperimentFolder
    ) throws -> Experiment {
      let threads = options.threads ?? ThreadPool.availableProcessors
      return try Experiment(
        settings, data: data, folder: folder, jobs: options.jobs ?? threads, threads: threads,
        cache: options.cache.makeCache(options.cache.cache ?? .memory, besides: 0))
    }

    private func run(
      _ experiment: Experiment, _ settings: ExperimentSettings, _ data: DataSplit,
      _ folder: ExperimentFolder
    ) throws {
      if !options.quiet {
        for note in data.notes { StandardError.write("note: \(note.oneLine)\n") }
        let networks = settings.study.candidates.count
        StandardError.write(
          "\(networks.counted("network", "networks")), \(settings.seeds.counted("training", "trainings")) of each, "
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
      try show(ranking, report(ranking, experiment, settings, folder), settings, folder)
    }

    private func resuming(_ folder: ExperimentFolder) -> String {
      ShellWords.joined(
        ["effnet"] + command.split(separator: " ").map(String.init) + ["--resume", folder.path])
    }

    private func report(
      _ ranking: Ranking, _ experiment: Experiment, _ settings: ExperimentSettings,
      _ folder: ExperimentFolder
    ) throws -> ExperimentReport {
      let name = folder.path.split(separator: "/").last.map(String.init) ?? folder.path
      let report = ExperimentReport(
        title: "\(command): \(name)", settings, ranking: ranking, results: experiment.results)
      try folder.write(report.html(), to: folder.file("report.html"))
      try folder.write(report.csv, to: folder.file("table.csv"))
      for picture in report.pictures {
        try folder.write(picture.svg, to: folder.file(picture.name))
      }
      try folder.write(settings.study.baseline.json + "\n", to: folder.file("baseline.json"))
      if let best = ranking.best {
        try folder.write(best.candidate.architecture.json + "\n", to: folder.file("best.json"))
      }
      return report
    }

    private func show(
      _ ranking: Ranking, _ report: ExperimentReport, _ settings: ExperimentSettings,
      _ folder: ExperimentFolder
    ) throws {
      if options.json {
        return try StandardOutput.print(jsonLine(ExperimentSummary(ranking, report, folder)))
      }
      var table = TextTable([.left, .right, .right, .right, .right, .left])
      table.add("network", "pixels", "parameters", "MACs", "top-1, %", "")
      for (index, standing) in ranking.standings.enumerated() {
        table.add(
          standing.candidate.name, "\(standing.candidate.architecture.resolution)",
          standing.cost.parameters.grouped,
          "\((Double(standing.cost.macs) / 1e6).formatted(digits: 2)) M", standing.accuracy,
          index == 0 ? "best" : standing.isTied ? "tied" : "")
      }
      try StandardOutput.print("")
      for line in table.lines { try StandardOutput.print(line) }
      try StandardOutput.print("")
      for finding in report.findings { try StandardOutput.print(finding) }
      try StandardOutput.print("")
      try StandardOutput.print("report: \(folder.file("report.html"))")
      guard let best = ranking.best else { return }
      let next = next(best.candidate, settings, folder)
      try StandardOutput.print("next: \(ShellWords.joined(next))")
    }

    /// The command that goes on with what was found: the family that the best α, β and γ give, or a longer training of the best
    /// network.
    private func next(
      _ best: Candidate, _ settings: ExperimentSettings, _ folder: ExperimentFolder
    ) -> [String] {
      guard case .grid = settings.study, let factors = best.factors else {
        return [
          "effnet", "train", settings.data, "--model", folder.file("best.json"), "--from-scratch",
        ]
      }
      return [
        "effnet", "scale", "table", "--baseline", folder.file("baseline.json"), "--alpha",
        factors.depth.shortest, "--beta", factors.width.shortest, "--gamma",
        factors.resolution.shortest,
      ]
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

      private enum CodingKeys: String, CodingKey {
        case name, series, factors, parameters, macs, resolution, top1
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
      (output, self.report) = (folder.path, folder.file("report.html"))
      best = ranking.best?.candidate.name
      tied = ranking.tied.map(\.candidate.name)
      (deviation, findings) = (ranking.deviation, report.findings)
      networks = ranking.standings.map {
        Network(
          name: $0.candidate.name, series: $0.candidate.series, factors: $0.candidate.factors,
          parameters: $0.cost.parameters, macs: $0.cost.macs,
          resolution: $0.candidate.architecture.resolution, top1: $0.mean,
          standardError: $0.standardError, isTied: $0.isTied)
      }
    }
  }
#endif
