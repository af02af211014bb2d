internal import EfficientNet
internal import EfficientNetCompute
public import EfficientNetTraining

/// A folder with all that an experiment leaves: experiment.json, results.jsonl, reports; and, while it goes on, the runs of
/// the trainings under way, below trials/.
public typealias ExperimentFolder = WorkFolder<ExperimentSettings>

extension ExperimentFolder {
  /// The path of results.jsonl.
  public var results: String { file("results.jsonl") }

  /// Reads results.jsonl; no results if it is not there.
  ///
  /// - Throws: ``FileError``.
  public func readResults() throws -> [TrialResult] {
    guard FileStatus(results) != nil else { return [] }
    let bytes = try FileContents.read(results, limit: 1 << 28)
    let found: [TrialResult] = try bytes.split(separator: UInt8(ascii: "\n")).map {
      try decode($0, of: results)
    }
    if let wrong = found.first(where: { $0.top1.map { !(0...1 ~= $0) } ?? false }) {
      throw damaged(results, "the top-1 of \(wrong.candidate) is \(wrong.top1 ?? 0)")
    }
    return found
  }

  /// Writes results.jsonl.
  ///
  /// - Throws: ``FileError``.
  func write(_ results: [TrialResult]) throws {
    let lines = try results.map { try encodedJSON($0) + "\n" }
    try write(lines.joined(), to: self.results)
  }

  // MARK: - Trainings under way

  private var trials: String { file("trials") }

  /// The run of a training: the one that was begun if its configuration is the same, or else a new one.
  func run(of trial: Trial, _ configuration: RunConfiguration) throws -> (RunFolder, resumes: Bool)
  {
    let run = runPath(of: trial)
    if FileStatus("\(run)/\(RunConfiguration.fileName)") != nil {
      let folder = try RunFolder(resuming: run)
      if try folder.readSettings() == configuration { return (folder, true) }
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

  /// Removes the folder of all trainings, unless one is left in it. No training may be under way: it may be making its own.
  func removeTrialsIfEmpty() { Folder.removeIfEmpty(trials) }
}
