internal import EfficientNet
public import EfficientNetCompute
internal import EfficientNetTraining
internal import FoundationEssentials

/// A folder with all that an experiment leaves: experiment.json, results.jsonl, reports; and, while it goes on, the runs of
/// the trainings under way, below trials/.
public struct ExperimentFolder: Sendable {
  /// Its path.
  public let path: String
  /// Keeps other processes from going on with it; nil if it is only read.
  private let lock: FolderLock?

  /// A new folder, or one with nothing in it.
  ///
  /// - Throws: ``FileError`` if there is anything in it already, or if it cannot be made.
  public init(creating path: String) throws(FileError) {
    guard !path.isEmpty else { throw FileError(path: "''", reason: "a folder is needed") }
    try Folder.make(path)
    (self.path, lock) = (path, try Self.locked(path))
    let names = try Folder.names(path)
    guard names.isEmpty else {
      throw FileError(
        path: path,
        reason: names.contains(Self.settingsName)
          ? "there is an experiment in it; name another --output, or go on with --resume"
          : "there is something in it, such as \(names[0]); name another --output")
    }
  }

  /// A new folder `folder/name`, or with a number behind the name where something is called so: name-2, name-3, …
  ///
  /// - Throws: ``FileError`` if it cannot be made.
  public init(creatingIn folder: String, name: String) throws(FileError) {
    path = try Folder.makeNumbered(in: folder, name: name)
    lock = try Self.locked(path)
  }

  /// An experiment that is there, to go on with: nobody else can, meanwhile.
  ///
  /// - Throws: ``FileError`` if there is none, or if another process goes on with it.
  public init(resuming path: String) throws(FileError) {
    try self.init(existing: path, lock: nil)
    self = try Self(existing: path, lock: Self.locked(path))
  }

  /// An experiment that is there, to be read.
  ///
  /// - Throws: ``FileError`` if there is none.
  public init(existing path: String) throws(FileError) { try self.init(existing: path, lock: nil) }

  private init(existing path: String, lock: FolderLock?) throws(FileError) {
    guard Folder.exists(path) else {
      throw FileError(path: path, reason: "there is no such folder")
    }
    guard FileStatus("\(path)/\(Self.settingsName)") != nil else {
      throw FileError(
        path: path, reason: "it is no experiment: there is no \(Self.settingsName) in it")
    }
    (self.path, self.lock) = (path, lock)
  }

  private static func locked(_ path: String) throws(FileError) -> FolderLock {
    guard let lock = try FolderLock(path) else {
      throw FileError(path: path, reason: "another process works in it; wait for it to end")
    }
    return lock
  }

  private static let settingsName = "experiment.json"

  /// The path of experiment.json.
  public var settings: String { "\(path)/\(Self.settingsName)" }
  /// The path of results.jsonl.
  public var results: String { "\(path)/results.jsonl" }
  /// The path of a file of the reports.
  public func file(_ name: String) -> String { "\(path)/\(name)" }

  /// Reads experiment.json.
  ///
  /// - Throws: ``FileError``, also if there is something in it that no experiment can have.
  public func readSettings() throws(FileError) -> ExperimentSettings {
    let bytes = try FileContents.read(settings, limit: 1 << 28)
    let result: ExperimentSettings
    do {
      result = try JSONDecoder().decode(ExperimentSettings.self, from: Data(bytes))
    } catch {
      throw damaged(settings, (error as? DecodingError)?.summary ?? "\(error)")
    }
    if let complaint = result.complaint { throw damaged(settings, complaint) }
    return result
  }

  /// Writes experiment.json.
  ///
  /// - Throws: ``FileError``.
  public func write(_ settings: ExperimentSettings) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    try write(
      String(decoding: try encoder.encode(settings), as: UTF8.self) + "\n", to: self.settings)
  }

  /// Reads results.jsonl; no results if it is not there.
  ///
  /// - Throws: ``FileError``.
  public func readResults() throws(FileError) -> [TrialResult] {
    guard FileStatus(results) != nil else { return [] }
    let bytes = try FileContents.read(results, limit: 1 << 28)
    let found: [TrialResult]
    do {
      found = try bytes.split(separator: UInt8(ascii: "\n")).map {
        try JSONDecoder().decode(TrialResult.self, from: Data($0))
      }
    } catch {
      throw damaged(results, (error as? DecodingError)?.summary ?? "\(error)")
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
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let lines = try results.map { String(decoding: try encoder.encode($0), as: UTF8.self) + "\n" }
    try write(lines.joined(), to: self.results)
  }

  /// Writes a file whole, or not at all.
  ///
  /// - Throws: ``FileError``.
  public func write(_ text: String, to path: String) throws(FileError) {
    var file = try OutputFile(path: path)
    try file.write(text)
    try file.commit()
  }

  private func damaged(_ path: String, _ reason: String) -> FileError {
    FileError(
      path: path,
      reason:
        "it is damaged: \(reason); restore the file, or begin a new experiment"
        .oneLine)
  }

  /// Removes a folder that nothing was written to.
  public func discardUnlessBegun() {
    if FileStatus(settings) == nil { Folder.removeIfEmpty(path) }
  }

  // MARK: - Trainings under way

  private var trials: String { "\(path)/trials" }

  /// The run of a training: the one that was begun if its configuration is the same, or else a new one.
  func run(of trial: Trial, _ configuration: RunConfiguration) throws -> (RunFolder, resumes: Bool)
  {
    let run = runPath(of: trial)
    if FileStatus("\(run)/config.json") != nil {
      let folder = try RunFolder(resuming: run)
      if try folder.readConfiguration() == configuration { return (folder, true) }
    }
    try? FileManager.default.removeItem(atPath: run)
    return (try RunFolder(creating: run), false)
  }

  private func runPath(of trial: Trial) -> String {
    let name = trial.candidate.name.split(separator: "/").joined(separator: "-")
    return "\(trials)/\(name)-\(trial.epochs)-\(trial.seed)"
  }

  /// Removes the run of a training, if there is one.
  func removeRun(of trial: Trial) {
    try? FileManager.default.removeItem(atPath: runPath(of: trial))
  }

  /// Removes the folder of all trainings, unless one is left in it. No training may be under way: it may be making its own.
  func removeTrialsIfEmpty() { Folder.removeIfEmpty(trials) }
}
