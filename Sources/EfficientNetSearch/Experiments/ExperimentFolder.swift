internal import EfficientNet
internal import EfficientNetCompute
public import EfficientNetTraining

/// The folder of an experiment: experiment.json, results.jsonl and reports; during the experiment,
/// also the runs of trainings in trials/.
public typealias ExperimentFolder = WorkFolder<ExperimentSettings>

extension ExperimentFolder {
  /// The path of results.jsonl.
  public var results: String { file("results.jsonl") }

  /// Reads results.jsonl. A missing file means no results.
  ///
  /// - Throws: `FileError`.
  public func readResults() throws -> [TrialResult] {
    guard FileStatus(results) != nil else { return [] }
    let bytes = try FileContents.read(results, limit: 1 << 28)
    let found: [TrialResult] = try bytes.split(separator: UInt8(ascii: "\n")).map {
      try decode($0, of: results)
    }
    if let wrong = found.first(where: { $0.top1.map { !(0...1 ~= $0) } ?? false }) {
      throw damaged(
        results, "the top-1 of \(wrong.candidate) is \(wrong.top1 ?? 0); it must be 0 to 1")
    }
    return found
  }

  /// Writes results.jsonl.
  ///
  /// - Throws: `FileError`.
  func write(_ results: [TrialResult]) throws {
    let lines = try results.map { try encodedJSON($0) + "\n" }
    try write(lines.joined(), to: self.results)
  }

  // MARK: - Running trainings

  private var trials: String { file("trials") }

  /// The run of a training: the existing one if its configuration is equal, apart from what may
  /// change when an experiment is resumed; otherwise a new one.
  func run(of trial: Trial, _ configuration: RunConfiguration) throws -> (RunFolder, resumes: Bool)
  {
    let run = runPath(of: trial)
    if FileStatus("\(run)/\(RunConfiguration.fileName)") != nil {
      let folder = try RunFolder(resuming: run)
      var known = try folder.readSettings()
      (known.command, known.brokenLimit) = (configuration.command, configuration.brokenLimit)
      (known.data, known.workingFolder) = (configuration.data, configuration.workingFolder)
      if known == configuration { return (folder, true) }
    }
    Folder.remove(run)
    return (try RunFolder(creating: run), false)
  }

  private func runPath(of trial: Trial) -> String {
    let name = trial.candidate.name.split(separator: "/").joined(separator: "-")
    return "\(trials)/\(name)-\(trial.epochs)-\(trial.seed)"
  }

  func removeRun(of trial: Trial) {
    Folder.remove(runPath(of: trial))
  }

  /// Removes trials/ if it is empty. No training may be running, because it could be creating its
  /// run.
  func removeTrialsIfEmpty() { Folder.removeIfEmpty(trials) }
}
