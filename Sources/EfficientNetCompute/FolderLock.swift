internal import Glibc

/// Says that a folder is in use, to other processes that ask; ends with the process, however that ends.
package final class FolderLock: Sendable {
  private let descriptor: Int32

  /// Locks a folder; nil if somebody else has locked it.
  ///
  /// Where the file system has no locks, nobody is kept off.
  ///
  /// - Throws: ``FileError`` if the folder cannot be opened.
  package init?(_ path: String) throws(FileError) {
    descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError(path: path, code: errno) }
    guard lockIfFree(descriptor) else { return nil }
  }

  deinit {
    guard descriptor >= 0 else { return }
    unlock(descriptor)
    close(descriptor)
  }
}

/// Locks an open file or folder; false if another process has locked it. Where the file system has no locks, it
/// counts as free.
func lockIfFree(_ descriptor: Int32) -> Bool {
  flock(descriptor, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK
}

/// Gives a lock back. Closing the file is not enough: a process that is just being started may have a copy of the
/// descriptor, and with it the lock.
func unlock(_ descriptor: Int32) { flock(descriptor, LOCK_UN) }
