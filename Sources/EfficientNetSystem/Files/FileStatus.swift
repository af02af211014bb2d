internal import Glibc

/// The status of a file or folder: kind, identity, size and timestamps.
package struct FileStatus: Sendable {
  package enum Kind: Sendable {
    case file, folder
    /// A device, a pipe, a socket or a link.
    case other
  }

  /// The device and the inode number of a file: equal for all paths to the same file.
  package struct Identity: Hashable, Sendable {
    package let device, number: UInt64
  }

  /// The size and the timestamps of a file, used to detect changes.
  package struct Stamp: Hashable, Sendable {
    package var size: Int64
    /// The time of the last change of the contents, in nanoseconds since 1970. Programs that copy
    /// files set it to the time of the original.
    package var modified: Int64
    /// The time of the last change of the file or its metadata, which programs cannot set.
    package var changed: Int64
  }

  package let kind: Kind
  let isPipe: Bool
  package let identity: Identity
  package let stamp: Stamp
  /// The nine permission bits.
  let permissions: mode_t

  /// Whether the permissions let others than the owner read the item.
  package var isReadableByOthers: Bool { permissions & (S_IRGRP | S_IROTH) != 0 }

  package var size: Int { Int(stamp.size) }

  /// Returns the status of the item at `path`; nil if there is none, or only a link whose target
  /// does not exist.
  ///
  /// - Throws: ``FileError`` if the system cannot determine the status.
  package static func look(_ path: String) throws(FileError) -> FileStatus? {
    if let status = FileStatus(path) { return status }
    if [ENOENT, ENOTDIR, ELOOP].contains(errno) { return nil }
    throw FileError(path: path, code: errno)
  }

  /// Returns the status of the item at `path`; nil if there is none or the system cannot determine
  /// it.
  ///
  /// - Parameter followsLinks: Whether a link is replaced by its target.
  package init?(_ path: String, followsLinks: Bool = true) {
    var status = stat()
    guard unsafe (followsLinks ? stat(path, &status) : lstat(path, &status)) == 0 else {
      return nil
    }
    self.init(status)
  }

  init(_ status: stat) {
    kind =
      switch status.st_mode & S_IFMT {
      case S_IFREG: .file
      case S_IFDIR: .folder
      default: .other
      }
    isPipe = status.st_mode & S_IFMT == S_IFIFO
    identity = Identity(device: UInt64(status.st_dev), number: UInt64(status.st_ino))
    stamp = Stamp(
      size: Int64(status.st_size), modified: Self.nanoseconds(status.st_mtim),
      changed: Self.nanoseconds(status.st_ctim))
    permissions = status.st_mode & 0o777
  }

  /// A file's time can be any number, so the product may overflow.
  private static func nanoseconds(_ time: timespec) -> Int64 {
    Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
  }
}

/// Returns whether two paths lead to the same existing file.
package func isSameFile(_ first: String, _ second: String) -> Bool {
  guard let first = FileStatus(first) else { return false }
  return first.identity == FileStatus(second)?.identity
}

/// Renames a file within a file system, replacing a file with the new name.
///
/// - Throws: ``FileError`` that names `target`.
package func moveFile(_ path: String, to target: String) throws(FileError) {
  guard rename(path, target) == 0 else { throw FileError(path: target, code: errno) }
}

/// Removes a file; does nothing if that is not possible.
package func removeFile(_ path: String) { unlink(path) }
