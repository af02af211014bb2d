internal import Glibc

/// Operations on folders of the file system.
package enum Folder {
  package static func exists(_ path: String) -> Bool { FileStatus(path)?.kind == .folder }

  /// The current folder, to which relative paths refer; "." if the system cannot determine it.
  package static var current: String {
    guard let path = unsafe getcwd(nil, 0) else { return "." }
    defer { unsafe free(path) }
    return unsafe String(cString: path)
  }

  /// Checks that ``current`` is exact: a path that is not UTF-8 becomes another path.
  ///
  /// - Throws: ``FileError`` that names the folder.
  package static func checkCurrent() throws(FileError) {
    guard let path = unsafe getcwd(nil, 0) else { return }
    defer { unsafe free(path) }
    guard unsafe String(validatingCString: path) == nil else { return }
    throw FileError(
      path: unsafe String(cString: path),
      reason: "the path of the working folder is not UTF-8; rename the folder, or change to another"
    )
  }

  package static func absolute(_ path: String) -> String {
    isAbsolute(path) ? path : "\(current)/\(path)"
  }

  package static func isAbsolute(_ path: String) -> Bool { path.utf8.first == slash }

  /// Returns the part of a path before its last name, with a slash at the end: "photos/" of
  /// "photos/cat.jpg", and "./" of "cat.jpg".
  package static func parent(of path: String) -> String {
    path.utf8.lastIndex(of: slash).map { String(Substring(path.utf8[...$0])) } ?? "./"
  }

  /// Returns the part of a path behind its last slash.
  package static func name(of path: String) -> String {
    guard let last = path.utf8.lastIndex(of: slash) else { return path }
    return String(Substring(path.utf8[last...].dropFirst()))
  }

  /// Paths are split by bytes: to Unicode, a slash and an accent behind it are one character.
  private static let slash = UInt8(ascii: "/")

  /// Returns the absolute path of an existing file or folder, with all links resolved; nil if there
  /// is none.
  package static func resolved(_ path: String) -> String? {
    guard let result = unsafe realpath(path, nil) else { return nil }
    defer { unsafe free(result) }
    return unsafe String(cString: result)
  }

  /// Creates a new folder `folder/name`. If the name exists, a number is appended: name-2, name-3,
  /// …
  ///
  /// If several processes request the same name, each gets a different folder.
  ///
  /// - Returns: The path of the new folder.
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

  /// Returns the names of the entries of a folder, sorted by their bytes.
  ///
  /// - Throws: ``FileError`` if the folder cannot be listed completely.
  package static func names(_ path: String) throws(FileError) -> [String] {
    try entries(path).map(\.name)
  }

  package static func removeIfEmpty(_ path: String) { rmdir(path) }

  /// Removes the item at a path, including the contents of a folder, as far as possible. Links are
  /// not followed.
  package static func remove(_ path: String) {
    guard FileStatus(path, followsLinks: false)?.kind == .folder else {
      unlink(path)
      return
    }
    for name in (try? names(path)) ?? [] { remove("\(path)/\(name)") }
    rmdir(path)
  }

  /// Returns the free bytes in the file system of the folder at `path`; nil if the system cannot
  /// determine them.
  package static func freeBytes(_ path: String) -> Int? {
    var status = statvfs()
    guard unsafe statvfs(path, &status) == 0 else { return nil }
    return bytes(blocks: UInt64(status.f_bavail), ofSize: UInt64(status.f_frsize))
  }

  /// Returns blocks · size, limited to `Int.max`: some network file systems report 2⁶⁴ − 1 free
  /// blocks.
  static func bytes(blocks: UInt64, ofSize size: UInt64) -> Int {
    let (bytes, overflows) = blocks.multipliedReportingOverflow(by: size)
    return overflows ? .max : Int(clamping: bytes)
  }

  /// Waits until the names in a folder are on the disk, after a file in it was created or renamed.
  ///
  /// It does nothing on file systems that do not support this for folders.
  ///
  /// - Throws: ``FileError`` that names the folder.
  package static func synchronize(_ path: String) throws(FileError) {
    // A folder without read permission cannot be opened.
    guard access(path, R_OK) == 0 || errno != EACCES else { return }
    try Descriptor(path, O_RDONLY | O_DIRECTORY).synchronize(forgiving: [EINVAL, EROFS, ENOTSUP])
  }

  /// Creates a folder and its missing parents.
  ///
  /// - Throws: ``FileError`` that names the folder that could not be created.
  package static func make(_ path: String) throws(FileError) {
    let bytes = path.utf8
    var end = path.startIndex
    while end < path.endIndex {
      end = bytes[bytes.index(after: end)...].firstIndex(of: slash) ?? path.endIndex
      let part = String(path[..<end])
      if mkdir(part, 0o777) == 0 { continue }
      // On a read-only file system even a folder that exists gives another error than EEXIST.
      let code = errno
      guard let status = FileStatus(part) else { throw FileError(path: part, code: code) }
      guard status.kind == .folder else { throw FileError(path: part, code: ENOTDIR) }
    }
  }

  /// Returns the files whose paths match a pattern with the shell's characters * ? [ ], sorted; at
  /// least one.
  ///
  /// - Throws: ``FileError`` that names the pattern if no file matches.
  package static func files(matching pattern: String) throws(FileError) -> [String] {
    var found = glob_t()
    defer { unsafe globfree(&found) }
    switch unsafe glob(pattern, GLOB_ERR, nil, &found) {
    case 0: break
    case GLOB_NOMATCH: throw FileError(path: pattern, reason: "no file matches this pattern")
    default:
      let reason = FileError(path: pattern, code: errno).reason
      throw FileError(path: pattern, reason: "a folder in this pattern cannot be read: \(reason)")
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

extension String {
  /// The path of a folder without slashes at its end; "/" stays.
  package var withoutSlashes: String {
    var path = utf8[...]
    while path.count > 1, path.last == UInt8(ascii: "/") { path.removeLast() }
    return String(Substring(path))
  }
}

/// A lock that tells other processes that a folder is in use. It ends with the process, even after
/// a crash.
package final class FolderLock: Sendable {
  private let folder: Descriptor

  /// Locks a folder; returns nil if another process has locked it.
  ///
  /// On a file system without locks, it excludes no other process.
  ///
  /// - Throws: ``FileError`` if the folder cannot be opened.
  package init?(_ path: String) throws(FileError) {
    folder = try Descriptor(path, O_RDONLY | O_DIRECTORY)
    // ``isHeld(_:)`` of another process holds a lock for a moment.
    for _ in 0..<20 {
      if folder.lockIfFree() { return }
      usleep(5_000)
    }
    return nil
  }

  /// Returns whether a process has locked a folder; false if the folder cannot be opened.
  package static func isHeld(_ path: String) -> Bool {
    guard let folder = try? Descriptor(path, O_RDONLY | O_DIRECTORY) else { return false }
    // A shared lock, so that several processes can ask at the same time.
    guard folder.lockIfFree(isShared: true) else { return true }
    folder.unlock()
    return false
  }

  deinit { folder.unlock() }
}
