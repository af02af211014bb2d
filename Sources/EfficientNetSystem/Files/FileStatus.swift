internal import Glibc

/// What the system knows of a file or folder.
package struct FileStatus: Sendable {
  /// What there is at a path.
  package enum Kind: Sendable {
    case file, folder
    /// A device, a pipe, a socket or a link.
    case other
  }

  /// A file's number on its device: the same for all paths that lead to it.
  package struct Identity: Hashable, Sendable {
    let device, number: UInt64
  }

  /// The size and the times of the last changes, which tell whether a file is still the one that it was.
  package struct Stamp: Hashable, Sendable {
    package var size: Int64
    /// When its bytes were last changed, in nanoseconds since 1970; programs that copy files set it to the original's.
    package var modified: Int64
    /// When anything of it was last changed, which no program sets.
    package var changed: Int64
  }

  package let kind: Kind
  package let identity: Identity
  package let stamp: Stamp
  /// Who may read, write and execute it, as nine bits.
  let permissions: mode_t

  package var size: Int { Int(stamp.size) }

  /// The status of what is at `path`; nil if there is nothing, or a link that leads nowhere.
  ///
  /// - Throws: ``FileError`` if the system does not say.
  package static func look(_ path: String) throws(FileError) -> FileStatus? {
    if let status = FileStatus(path) { return status }
    if [ENOENT, ENOTDIR, ELOOP].contains(errno) { return nil }
    throw FileError(path: path, code: errno)
  }

  /// The status of what is at `path`; nil if there is nothing, or the system does not say.
  ///
  /// - Parameter followsLinks: Whether a link stands for what it leads to.
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
    identity = Identity(device: UInt64(status.st_dev), number: UInt64(status.st_ino))
    stamp = Stamp(
      size: Int64(status.st_size), modified: Self.nanoseconds(status.st_mtim),
      changed: Self.nanoseconds(status.st_ctim))
    permissions = status.st_mode & 0o777
  }

  /// A file's time can be anything, so that it may overflow.
  private static func nanoseconds(_ time: timespec) -> Int64 {
    Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
  }
}

/// Whether two paths lead to one file that exists.
package func isSameFile(_ first: String, _ second: String) -> Bool {
  guard let first = FileStatus(first) else { return false }
  return first.identity == FileStatus(second)?.identity
}

/// Gives a file another name in the same file system, replacing a file of that name.
///
/// - Throws: ``FileError`` that names `target`.
package func moveFile(_ path: String, to target: String) throws(FileError) {
  guard rename(path, target) == 0 else { throw FileError(path: target, code: errno) }
}

/// Removes a file, if it is there and can be removed.
package func removeFile(_ path: String) { unlink(path) }
