internal import Glibc

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
