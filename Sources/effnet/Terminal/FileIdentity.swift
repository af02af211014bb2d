import Glibc

/// What tells a file from all others, whatever path leads to it.
struct FileIdentity: Hashable {
  private let device: UInt64
  private let inode: UInt64

  /// Nil if there is no file.
  init?(_ path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    (device, inode) = (UInt64(status.st_dev), UInt64(status.st_ino))
  }
}

/// Whether two paths lead to one file that exists.
func isSameFile(_ first: String, _ second: String) -> Bool {
  guard let first = FileIdentity(first) else { return false }
  return first == FileIdentity(second)
}
