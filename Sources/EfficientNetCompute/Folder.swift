#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif

/// Folders of the file system.
package enum Folder {
  /// Whether there is a folder at `path`.
  package static func exists(_ path: String) -> Bool {
    var status = stat()
    return unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// The folder that relative paths are below; "." if the system does not say.
  package static var current: String {
    guard let path = unsafe getcwd(nil, 0) else { return "." }
    defer { unsafe free(path) }
    return unsafe String(cString: path)
  }

  /// The bytes that may still be written to the file system of the folder at `path`; nil if the system does not say.
  package static func freeBytes(_ path: String) -> Int? {
    var status = statvfs()
    guard unsafe statvfs(path, &status) == 0 else { return nil }
    return Int(status.f_bavail) * Int(status.f_frsize)
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
      var status = stat()
      guard unsafe stat(part, &status) == 0 else { throw FileError(path: part, code: code) }
      guard status.st_mode & S_IFMT == S_IFDIR else {
        throw FileError(path: part, code: ENOTDIR)
      }
    }
  }
}
