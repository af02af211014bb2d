internal import Glibc

/// Folders of the file system.
package enum Folder {
  /// Whether there is a folder at `path`.
  package static func exists(_ path: String) -> Bool { FileStatus(path)?.kind == .folder }

  /// The folder that relative paths are below; "." if the system does not say.
  package static var current: String {
    guard let path = unsafe getcwd(nil, 0) else { return "." }
    defer { unsafe free(path) }
    return unsafe String(cString: path)
  }

  /// A path that means the same wherever the current folder is.
  package static func absolute(_ path: String) -> String {
    path.hasPrefix("/") ? path : "\(current)/\(path)"
  }

  /// Makes a new folder `folder/name`, or with a number behind the name where something is called so: name-2, name-3, …
  ///
  /// Of several processes that want the same folder only one makes it.
  ///
  /// - Returns: Its path.
  /// - Throws: ``FileError``.
  package static func makeNumbered(in folder: String, name: String) throws(FileError) -> String {
    try make(folder)
    var path = "\(folder)/\(name)"
    var number = 2
    while mkdir(path, 0o777) != 0 {
      guard errno == EEXIST else { throw FileError(path: path, code: errno) }
      path = "\(folder)/\(name)-\(number)"
      number += 1
    }
    return path
  }

  /// The names of what is in a folder, sorted by their bytes.
  ///
  /// - Throws: ``FileError`` if it cannot be listed completely.
  package static func names(_ path: String) throws(FileError) -> [String] {
    try entries(path).map(\.name)
  }

  /// Removes a folder, unless there is something in it.
  package static func removeIfEmpty(_ path: String) { rmdir(path) }

  /// Removes what is at a path, of a folder all that is in it, as far as that can be done. Links are not followed.
  package static func remove(_ path: String) {
    guard FileStatus(path, followsLinks: false)?.kind == .folder else {
      unlink(path)
      return
    }
    for name in (try? names(path)) ?? [] { remove("\(path)/\(name)") }
    rmdir(path)
  }

  /// The bytes that may still be written to the file system of the folder at `path`; nil if the system does not say.
  package static func freeBytes(_ path: String) -> Int? {
    var status = statvfs()
    guard unsafe statvfs(path, &status) == 0 else { return nil }
    return bytes(blocks: UInt64(status.f_bavail), ofSize: UInt64(status.f_frsize))
  }

  /// blocks · size, or `Int.max` where that is larger: some network file systems report 2⁶⁴ − 1 free blocks.
  static func bytes(blocks: UInt64, ofSize size: UInt64) -> Int {
    let (bytes, overflows) = blocks.multipliedReportingOverflow(by: size)
    return overflows ? .max : Int(clamping: bytes)
  }

  /// Makes the names in a folder durable, after a file in it was made or renamed.
  ///
  /// File systems that cannot do that for a folder are left as they are.
  ///
  /// - Throws: ``FileError`` that names the folder.
  package static func synchronize(_ path: String) throws(FileError) {
    // A folder that may be written and not read cannot be opened.
    guard access(path, R_OK) == 0 || errno != EACCES else { return }
    try Descriptor(path, O_RDONLY | O_DIRECTORY).synchronize(
      forgiving: [EINVAL, EROFS, ENOTSUP])
  }

  /// Makes a folder and those above it, where they are not there yet.
  ///
  /// - Throws: ``FileError`` that names the folder that could not be made.
  package static func make(_ path: String) throws(FileError) {
    var end = path.startIndex
    while end < path.endIndex {
      end = path[path.index(after: end)...].firstIndex(of: "/") ?? path.endIndex
      let part = String(path[..<end])
      if mkdir(part, 0o777) == 0 { continue }
      // On a read-only file system even a folder that exists gives another error than EEXIST.
      let code = errno
      guard let status = FileStatus(part) else { throw FileError(path: part, code: code) }
      guard status.kind == .folder else { throw FileError(path: part, code: ENOTDIR) }
    }
  }

  /// The files whose paths match a pattern with the shell's characters * ? [ ], sorted: at least one.
  ///
  /// - Throws: ``FileError`` that names the pattern.
  package static func files(matching pattern: String) throws(FileError) -> [String] {
    var found = glob_t()
    defer { unsafe globfree(&found) }
    switch unsafe glob(pattern, GLOB_ERR, nil, &found) {
    case 0: break
    case GLOB_NOMATCH: throw FileError(path: pattern, reason: "no file is called like this")
    default:
      let reason = FileError(path: pattern, code: errno).reason
      throw FileError(path: pattern, reason: "a folder of it cannot be read: \(reason)")
    }
    var files: [String] = []
    for index in 0..<Int(found.gl_pathc) {
      guard let path = unsafe found.gl_pathv[index] else { continue }
      guard let file = unsafe String(validatingCString: path) else {
        throw FileError(
          path: pattern,
          reason: "the name of \(unsafe String(cString: path)) is not UTF-8; rename it")
      }
      files.append(file)
    }
    return files
  }
}

/// Says that a folder is in use, to other processes that ask; ends with the process, however that ends.
package final class FolderLock: Sendable {
  private let folder: Descriptor

  /// Locks a folder; nil if somebody else has locked it.
  ///
  /// Where the file system has no locks, nobody is kept off.
  ///
  /// - Throws: ``FileError`` if the folder cannot be opened.
  package init?(_ path: String) throws(FileError) {
    folder = try Descriptor(path, O_RDONLY | O_DIRECTORY)
    guard folder.lockIfFree() else { return nil }
  }

  deinit { folder.unlock() }
}
