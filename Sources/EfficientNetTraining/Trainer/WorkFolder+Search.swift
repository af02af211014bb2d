package import EfficientNetCompute

extension WorkFolder {
  package var isInUse: Bool { FolderLock.isHeld(path) }

  /// The time of the last change of some files, in nanoseconds since 1970.
  package func modified(_ files: [String]) -> Int64 {
    files.compactMap { FileStatus($0)?.stamp.modified }.max() ?? 0
  }

  /// Returns the folders at a path and up to four levels below it in which work is stored, each
  /// once, also if links lead to it. The folders inside of such a folder are not searched, nor are
  /// hidden folders.
  ///
  /// - Parameters:
  ///   - path: The folder to search.
  ///   - isWork: Returns whether a folder with files of these names is one.
  ///   - report: Receives the error of a folder that cannot be listed.
  package static func folders(
    at path: String, where isWork: ([String]) -> Bool, report: (FileError) -> Void
  ) -> [String] {
    var seen: Set<FileStatus.Identity> = []
    return folders(at: path, levels: 4, &seen, where: isWork, report: report)
  }

  private static func folders(
    at path: String, levels: Int, _ seen: inout Set<FileStatus.Identity>,
    where isWork: ([String]) -> Bool, report: (FileError) -> Void
  ) -> [String] {
    let entries: [Folder.Entry]
    do {
      entries = try Folder.entries(path)
    } catch {
      report(error)
      return []
    }
    guard let identity = FileStatus(path)?.identity, seen.insert(identity).inserted else {
      return []
    }
    if isWork(entries.map(\.name)) { return [path] }
    guard levels > 0 else { return [] }
    // Links come last, so that folders have their own names.
    let inner = entries.filter { $0.kind == .folder } + entries.filter { $0.kind == .unknown }
    return inner.filter { !$0.name.hasPrefix(".") }.map { "\(path)/\($0.name)" }
      .filter(Folder.exists)
      .flatMap { folders(at: $0, levels: levels - 1, &seen, where: isWork, report: report) }
  }
}
