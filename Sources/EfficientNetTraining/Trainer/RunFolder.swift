internal import EfficientNet
public import EfficientNetCompute
internal import FoundationEssentials

/// A folder with all that a run leaves: config.json, log.csv, best.safetensors, last.safetensors, report.html, and
/// checkpoint-….safetensors to go on from.
public struct RunFolder: Sendable {
  /// Its path.
  public let path: String
  /// Keeps other processes from training in it; nil if it is only read.
  private let lock: FolderLock?

  /// A run that is there, to be read.
  ///
  /// - Throws: ``FileError`` if there is none.
  public init(existing path: String) throws(FileError) {
    try Self.check(path)
    (self.path, lock) = (path, nil)
  }

  /// A run that is there, to go on with: nobody else can, meanwhile.
  ///
  /// - Throws: ``FileError`` if there is none, or if another process trains in it.
  public init(resuming path: String) throws(FileError) {
    try Self.check(path)
    (self.path, lock) = (path, try Self.locked(path))
  }

  /// A new folder, or one with nothing in it.
  ///
  /// - Throws: ``FileError`` if there is anything in it already, or if it cannot be made.
  public init(creating path: String) throws(FileError) {
    guard !path.isEmpty else { throw FileError(path: "''", reason: "a folder is needed") }
    try Folder.make(path)
    let lock = try Self.locked(path)
    let names = try Folder.names(path)
    guard !names.contains("config.json") else {
      throw FileError(
        path: path, reason: "there is a run in it; name another --output, or go on with --resume")
    }
    guard names.isEmpty else {
      throw FileError(
        path: path,
        reason: "there is something in it, such as \(names.summary); name another --output")
    }
    (self.path, self.lock) = (path, lock)
  }

  /// A new folder `folder/name`, or with a number behind the name where something is called so: name-2, name-3, …
  ///
  /// - Throws: ``FileError`` if it cannot be made.
  public init(creatingIn folder: String, name: String) throws(FileError) {
    path = try Folder.makeNumbered(in: folder, name: name)
    lock = try Self.locked(path)
  }

  /// - Throws: ``FileError`` if there is no run, or if it may not be read.
  private static func check(_ path: String) throws(FileError) {
    guard Folder.exists(path) else {
      throw FileError(path: path, reason: "there is no such folder")
    }
    guard FileStatus("\(path)/config.json") != nil else {
      // Names the reason where the folder may not be read.
      _ = try Folder.names(path)
      throw FileError(path: path, reason: "it is no run: there is no config.json in it")
    }
    // May be there and not be readable.
    _ = try OpenFile(path: "\(path)/config.json")
  }

  /// - Throws: ``FileError`` if another process trains in the folder.
  private static func locked(_ path: String) throws(FileError) -> FolderLock {
    guard let lock = try FolderLock(path) else {
      throw FileError(path: path, reason: "another process is training in it; wait for it to end")
    }
    return lock
  }

  /// `folder/name`, or with a number behind the name if there is a run of that name: name-2, name-3, …
  ///
  /// - Parameter ending: What comes behind the number, for instance ".html".
  public static func unusedPath(in folder: String, name: String, ending: String = "") -> String {
    var path = "\(folder)/\(name)\(ending)"
    var number = 2
    while FileManager.default.fileExists(atPath: path) {
      path = "\(folder)/\(name)-\(number)\(ending)"
      number += 1
    }
    return path
  }

  /// The path of config.json.
  public var configuration: String { "\(path)/config.json" }
  /// The path of log.csv.
  public var log: String { "\(path)/log.csv" }
  /// The weights of the best epoch.
  public var best: String { "\(path)/best.safetensors" }
  /// The weights of the last epoch.
  public var last: String { "\(path)/last.safetensors" }

  /// The path of report.html.
  public var report: String { "\(path)/report.html" }

  /// Writes report.html.
  ///
  /// - Throws: ``FileError``.
  public func write(_ report: TrainingReport) throws(FileError) {
    var file = try OutputFile(path: self.report)
    try file.write(report.html())
    try file.commit()
  }

  /// The name of the folder.
  public var name: String { path.split(separator: "/").last.map(String.init) ?? path }

  /// Reads config.json.
  ///
  /// - Throws: ``FileError``, also if there is something in it that no run can have.
  public func readConfiguration() throws -> RunConfiguration {
    let bytes = try FileContents.read(configuration, limit: 1 << 26)
    let result: RunConfiguration
    do {
      result = try JSONDecoder().decode(RunConfiguration.self, from: Data(bytes))
    } catch {
      throw damaged((error as? DecodingError)?.summary ?? "\(error)")
    }
    if let complaint = result.complaint { throw damaged(complaint) }
    return result
  }

  private func damaged(_ reason: String) -> FileError {
    FileError(
      path: configuration,
      reason:
        "it is damaged: \(reason); restore the file, or begin a new run"
        .oneLine)
  }

  /// Writes config.json.
  ///
  /// - Throws: ``FileError``.
  public func write(_ configuration: RunConfiguration) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    var file = try OutputFile(path: self.configuration)
    try file.write(String(decoding: try encoder.encode(configuration), as: UTF8.self) + "\n")
    try file.commit()
  }

  /// Removes the folder of a run that could not begin: what it wrote, and the folder unless there is something else in it.
  public func discardUnlessBegun() {
    if FileStatus(configuration) == nil { discard() }
  }

  func discard() {
    removeCheckpoints(but: nil)
    Folder.removeIfEmpty(path)
  }
}
