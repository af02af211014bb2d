internal import Glibc

/// What tells whether a file is still the one that it was: its size and the times of its last changes.
package struct FileStamp: Hashable, Sendable {
  /// The size in bytes.
  package var size: Int64
  /// When its bytes were last changed, in nanoseconds since 1970; programs that copy files set it to the original's.
  package var modified: Int64
  /// When anything of it was last changed, which no program sets.
  package var changed: Int64

  /// The stamp of the file at `path`; nil if there is none.
  package init?(path: String) {
    var status = stat()
    guard unsafe stat(path, &status) == 0 else { return nil }
    let (modified, changed) = (status.st_mtim, status.st_ctim)
    size = Int64(status.st_size)
    (self.modified, self.changed) = (Self.nanoseconds(modified), Self.nanoseconds(changed))
  }

  /// A file's time can be anything, so that it may overflow.
  private static func nanoseconds(_ time: timespec) -> Int64 {
    Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
  }
}
