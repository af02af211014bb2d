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
    let (found, cutLine) = try readWholeResults()
    if let cutLine {
      throw FileError(
        path: results,
        reason: "line \(cutLine) is cut off; resume the experiment, which repeats its training")
    }
    return found
  }

  /// Reads the results of results.jsonl, apart from a last line that is cut off.
  ///
  /// - Parameter photos: The number of validation photos, readable or not; nil if it is not known.
  /// - Returns: The results, and the number of the line that is cut off; nil if none is.
  /// - Throws: `FileError`.
  func readWholeResults(photos: Int? = nil) throws -> (results: [TrialResult], cutLine: Int?) {
    guard FileStatus(results) != nil else { return ([], nil) }
    let bytes = try FileContents.read(results, limit: 1 << 28)
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    var found: [TrialResult] = []
    for (number, line) in zip(1..., lines) where !line.isEmpty {
      do throws(FieldError) {
        let result: TrialResult = try decodedJSON(Array(line))
        found.append(result)
      } catch {
        // A line is an object without others inside, and is written with its end. So only the last
        // line can be cut off, and then it does not end in a brace.
        if number == lines.count, line.last != UInt8(ascii: "}") { return (found, number) }
        throw damaged(results, "line \(number): \(error)")
      }
      if let complaint = found.last?.complaint(photos: photos) {
        throw damaged(results, "line \(number): \(complaint)")
      }
    }
    return (found, nil)
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
