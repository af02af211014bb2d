internal import EfficientNet
public import EfficientNetCompute

/// A folder with all that work on photos leaves. One process at a time works in it; the settings in it are what it takes to
/// resume the work.
public struct WorkFolder<Settings: ResumableSettings>: Sendable {
  /// Its path.
  public let path: String
  /// Keeps other processes from working in it; nil if it is only read.
  private let lock: FolderLock?

  /// A folder that is there, to be read.
  ///
  /// - Throws: ``FileError`` if there are no settings in it, or if they may not be read.
  public init(existing path: String) throws(FileError) {
    try Self.check(path)
    (self.path, lock) = (path, nil)
  }

  /// A folder that is there, to resume its work: nobody else can, meanwhile.
  ///
  /// - Throws: ``FileError`` if there are no settings in it, or if another process works in it.
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
    (self.path, lock) = (path, try Self.locked(path))
    let names = try Folder.names(path)
    guard names.isEmpty else {
      throw FileError(
        path: path,
        reason: names.contains(Settings.fileName)
          ? "there is \(Settings.one) in it; name another --output, or go on with --resume"
          : "there is something in it, such as \(names.summary); name another --output")
    }
  }

  /// A new folder `folder/name`, or with a number behind the name where something is called so: name-2, name-3, …
  ///
  /// - Throws: ``FileError`` if it cannot be made.
  public init(creatingIn folder: String, name: String) throws(FileError) {
    path = try Folder.makeNumbered(in: folder, name: name)
    lock = try Self.locked(path)
  }

  private static func check(_ path: String) throws(FileError) {
    guard Folder.exists(path) else {
      throw FileError(path: path, reason: "there is no such folder")
    }
    let settings = "\(path)/\(Settings.fileName)"
    guard FileStatus(settings) != nil else {
      // Names the reason where the folder may not be read.
      _ = try Folder.names(path)
      throw FileError(
        path: path, reason: "it is no \(Settings.noun): there is no \(Settings.fileName) in it")
    }
    // May be there and not be readable.
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
  /// The path of a file in it.
  public func file(_ name: String) -> String { "\(path)/\(name)" }
  /// The path of report.html.
  public var report: String { file("report.html") }
  /// The path of the settings.
  public var settings: String { file(Settings.fileName) }
  var isBegun: Bool { FileStatus(settings) != nil }

  /// Reads the settings.
  ///
  /// - Throws: ``FileError``, also if there is something in them that no such work can have.
  public func readSettings() throws(FileError) -> Settings {
    let result: Settings = try decode(FileContents.read(settings, limit: 1 << 28), of: settings)
    if let complaint = result.complaint { throw damaged(settings, complaint) }
    return result
  }

  /// Writes the settings.
  ///
  /// - Throws: ``FileError``; `EncodingError` for a number that is not finite.
  public func write(_ settings: Settings) throws {
    try write(encodedJSON(settings, isPretty: true) + "\n", to: self.settings)
  }

  /// Writes a file whole, or not at all.
  ///
  /// - Throws: ``FileError``.
  public func write(_ text: String, to path: String) throws(FileError) {
    try OutputFile.write(Array(text.utf8), to: path)
  }

  /// What JSON of a file of the folder says.
  ///
  /// - Throws: ``FileError`` if it is damaged.
  package func decode<Value: Decodable>(
    _ json: some Collection<UInt8>, of path: String
  ) throws(FileError) -> Value {
    do {
      return try decodedJSON(Array(json))
    } catch {
      throw damaged(path, error.description)
    }
  }

  /// The error for a file of the folder that holds what nobody wrote.
  package func damaged(_ path: String, _ reason: String) -> FileError {
    FileError(
      path: path,
      reason: "it is damaged: \(reason); restore the file, or begin a new \(Settings.noun)".oneLine)
  }

  /// Removes a folder that nothing was written to.
  public func discardUnlessBegun() { if !isBegun { Folder.removeIfEmpty(path) } }
}
