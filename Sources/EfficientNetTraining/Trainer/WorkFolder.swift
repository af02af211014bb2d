internal import EfficientNet
public import EfficientNetCompute

/// The folder of resumable work on photos. One process at a time works in it; its settings are
/// sufficient to resume the work.
public struct WorkFolder<Settings: ResumableSettings>: Sendable {
  /// The path of the folder.
  public let path: String
  /// The lock that keeps other processes out; nil if the folder is only read.
  private let lock: FolderLock?

  /// Opens an existing folder for reading.
  ///
  /// - Throws: `FileError` if the folder has no readable settings.
  public init(existing path: String) throws(FileError) {
    try Self.check(path)
    (self.path, lock) = (path, nil)
  }

  /// Opens an existing folder to resume its work, and locks it.
  ///
  /// - Throws: `FileError` if the folder has no settings, or if another process works in it.
  public init(resuming path: String) throws(FileError) {
    try Self.check(path)
    (self.path, lock) = (path, try Self.locked(path))
  }

  /// Creates a folder, or uses an empty one, and locks it.
  ///
  /// - Throws: `FileError` if the folder is not empty or cannot be created.
  public init(creating path: String) throws(FileError) {
    guard !path.isEmpty else {
      throw FileError(path: "''", reason: "the path is empty; name a folder")
    }
    try Folder.make(path)
    (self.path, lock) = (path, try Self.locked(path))
    let names = try Folder.names(path)
    guard names.isEmpty else {
      throw FileError(
        path: path,
        reason: names.contains(Settings.fileName)
          ? "the folder contains \(Settings.one); choose another folder, or resume the \(Settings.noun)"
          : "the folder is not empty, it contains \(names.summary); choose another folder")
    }
  }

  /// Creates the folder `folder/name`, or name-2, name-3, … if the name is taken, and locks it.
  ///
  /// - Throws: `FileError` if it cannot be created.
  public init(creatingIn folder: String, name: String) throws(FileError) {
    path = try Folder.makeNumbered(in: folder, name: name)
    lock = try Self.locked(path)
  }

  private static func check(_ path: String) throws(FileError) {
    guard !path.isEmpty else {
      throw FileError(path: "''", reason: "the path is empty; name the folder of \(Settings.one)")
    }
    guard Folder.exists(path) else {
      guard FileStatus(path) != nil else {
        throw FileError(path: path, reason: "the folder does not exist")
      }
      let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
      let isInside = FileStatus("\(folder)/\(Settings.fileName)") != nil
      throw FileError(
        path: path,
        reason: "it is a file; name "
          + (isInside ? "its folder, \(folder)" : "the folder of \(Settings.one)"))
    }
    let settings = "\(path)/\(Settings.fileName)"
    guard FileStatus(settings) != nil else {
      // Reports the reason if the folder is not readable.
      _ = try Folder.names(path)
      throw FileError(
        path: path,
        reason: "it is not the folder of \(Settings.one), since it contains no \(Settings.fileName)"
      )
    }
    // The file may exist without being readable.
    _ = try OpenFile(path: settings)
  }

  private static func locked(_ path: String) throws(FileError) -> FolderLock {
    guard let lock = try FolderLock(path) else {
      throw FileError(
        path: path, reason: "another process \(Settings.activity) in it; wait for it to end")
    }
    return lock
  }

  /// The name of the folder.
  public var name: String { path.split(separator: "/").last.map(String.init) ?? path }
  /// Returns the path of a file in the folder.
  public func file(_ name: String) -> String { "\(path)/\(name)" }
  /// The path of report.html.
  public var report: String { file("report.html") }
  /// The path of the settings' file.
  public var settings: String { file(Settings.fileName) }
  var isBegun: Bool { FileStatus(settings) != nil }

  /// Reads the settings.
  ///
  /// - Throws: `FileError`, also for invalid settings.
  public func readSettings() throws(FileError) -> Settings {
    let result: Settings = try decode(FileContents.read(settings, limit: 1 << 28), of: settings)
    if let complaint = result.complaint { throw damaged(settings, complaint) }
    return result
  }

  /// Writes the settings.
  ///
  /// - Throws: `FileError`; `EncodingError` if a number is not finite.
  public func write(_ settings: Settings) throws {
    try write(encodedJSON(settings, isPretty: true) + "\n", to: self.settings)
  }

  /// Writes a text to a file, completely or not at all.
  ///
  /// - Throws: `FileError`.
  public func write(_ text: String, to path: String) throws(FileError) {
    try OutputFile.write(Array(text.utf8), to: path)
  }

  /// Decodes the JSON of a file of the folder.
  ///
  /// - Throws: `FileError` if the file is damaged.
  package func decode<Value: Decodable>(
    _ json: some Collection<UInt8>, of path: String
  ) throws(FileError) -> Value {
    do {
      return try decodedJSON(Array(json))
    } catch {
      throw damaged(path, error.description)
    }
  }

  /// The error for a file of the folder with invalid contents.
  package func damaged(_ path: String, _ reason: String) -> FileError {
    FileError(
      path: path,
      reason: "it is damaged: \(reason); restore the file, or start a new \(Settings.noun)".oneLine)
  }

  /// Removes the folder and all of its files.
  package func discard() { Folder.remove(path) }

  /// Removes the folder if nothing was written to it.
  public func discardUnlessBegun() { if !isBegun { Folder.removeIfEmpty(path) } }
}
