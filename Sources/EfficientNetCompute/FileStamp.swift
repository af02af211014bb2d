#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif

/// What tells whether a file is still the one that it was: its size and the time of its last change.
package struct FileStamp: Hashable, Sendable {
  /// The size in bytes.
  package var size: Int64
  /// When it was last changed, in nanoseconds since 1970.
  package var modified: Int64

  /// A stamp with these values.
  package init(size: Int64, modified: Int64) { (self.size, self.modified) = (size, modified) }

  /// The stamp of the file at `path`; nil if there is none.
  package init?(path: String) {
    var status = stat()
    guard unsafe stat(path, &status) == 0 else { return nil }
    #if canImport(Darwin)
      let time = status.st_mtimespec
    #else
      let time = status.st_mtim
    #endif
    // A file's time can be anything, so that it may overflow.
    self.init(
      size: Int64(status.st_size),
      modified: Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec))
  }
}
