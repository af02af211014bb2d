#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif

/// Says that a folder is in use, to other processes that ask; ends with the process, however that ends.
package final class FolderLock: Sendable {
  private let descriptor: Int32

  /// Locks a folder.
  ///
  /// Where the file system has no locks, nobody is kept off.
  ///
  /// - Throws: ``FileError`` if the folder cannot be opened or somebody else has locked it.
  package init(_ path: String) throws(FileError) {
    descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError(path: path, code: errno) }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK else {
      throw FileError(path: path, reason: "another process is training in it; wait for it to end")
    }
  }

  deinit { close(descriptor) }
}
