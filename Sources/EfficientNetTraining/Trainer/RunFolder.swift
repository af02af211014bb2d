internal import EfficientNet
public import EfficientNetCompute

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// A folder with all that a run leaves: config.json, log.csv, best.safetensors, last.safetensors, report.html, and
/// checkpoint-….safetensors to go on from.
public struct RunFolder: Hashable, Sendable {
  /// Its path.
  public let path: String

  /// A folder that is there.
  ///
  /// - Throws: ``FileError`` if it is not.
  public init(existing path: String) throws(FileError) {
    guard FileManager.default.fileExists(atPath: "\(path)/config.json") else {
      throw FileError(path: path, reason: "it is no run: there is no config.json in it")
    }
    self.path = path
  }

  /// A new folder, which ``write(_:)`` makes.
  ///
  /// - Throws: ``FileError`` if there is a run in it already.
  public init(creating path: String) throws(FileError) {
    guard !FileManager.default.fileExists(atPath: "\(path)/config.json") else {
      throw FileError(
        path: path, reason: "there is a run in it; name another --output, or go on with --resume")
    }
    self.path = path
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
  /// - Throws: ``FileError``.
  public func readConfiguration() throws -> RunConfiguration {
    let bytes = try FileContents.read(configuration, limit: 1 << 26)
    do {
      return try JSONDecoder().decode(RunConfiguration.self, from: Data(bytes))
    } catch {
      throw FileError(path: configuration, reason: "it is damaged: \(error)".oneLine)
    }
  }

  /// Makes the folder and writes config.json.
  ///
  /// - Throws: ``FileError``.
  public func write(_ configuration: RunConfiguration) throws {
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      throw FileError(path: path, reason: "the folder cannot be made")
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    var file = try OutputFile(path: self.configuration)
    try file.write(String(decoding: try encoder.encode(configuration), as: UTF8.self) + "\n")
    try file.commit()
  }

  // MARK: - Checkpoints

  /// The checkpoints, newest first.
  var checkpoints: [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    let numbered = names.compactMap { name -> (Int, String)? in
      guard name.hasPrefix("checkpoint-"), name.hasSuffix(".safetensors"),
        let number = Int(name.dropFirst(11).dropLast(12))
      else { return nil }
      return (number, "\(path)/\(name)")
    }
    return numbered.sorted { $0.0 > $1.0 }.map(\.1)
  }

  /// The path of the checkpoint after so many batches of the whole run.
  func checkpoint(batches: Int) -> String { "\(path)/checkpoint-\(batches).safetensors" }

  /// Removes all checkpoints but the newest ones.
  func removeCheckpoints(keeping count: Int) {
    for path in checkpoints.dropFirst(count) { try? FileManager.default.removeItem(atPath: path) }
  }
}
