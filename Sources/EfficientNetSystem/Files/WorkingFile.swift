internal import Glibc

/// A file that remains when the process ends, even after a crash: long work stores its progress in
/// it to resume later.
///
/// While it is open, no other process can open it this way. Several threads may read and write
/// parts.
package final class WorkingFile: Sendable {
  private let file: Descriptor

  /// Opens a file or creates an empty one; returns nil if another process has it open. Links are
  /// not followed.
  ///
  /// - Throws: ``FileError`` if it cannot be opened or is not a regular file.
  package init?(path: String) throws(FileError) {
    file = try Descriptor(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK)
    guard try file.status().kind == .file else {
      throw FileError(path: path, reason: "not a regular file")
    }
    guard file.lockIfFree() else { return nil }
  }

  deinit { file.unlock() }

  package var path: String { file.path }

  /// The size in bytes.
  package var count: Int { (try? file.status().size) ?? 0 }

  /// Whether the file is still the one at its path: another process may have removed or replaced it.
  package var isAtPath: Bool {
    FileStatus(path, followsLinks: false)?.identity == (try? file.status().identity)
  }

  /// Returns a copy of a range of bytes, shorter if the file ends before the range.
  package func read(_ range: Range<Int>) throws(FileError) -> [UInt8] { try file.read(range) }

  /// Writes bytes at an offset; a gap before it is filled with zeros.
  ///
  /// - Throws: ``FileError``, for instance if the disk is full.
  package func write(_ bytes: RawSpan, at offset: Int) throws(FileError) {
    try file.write(bytes, at: offset)
  }

  /// Waits until the bytes are on the disk.
  package func synchronize() throws(FileError) { try file.synchronize() }

  /// Shortens the file to its first `count` bytes.
  package func truncate(to count: Int) throws(FileError) {
    guard ftruncate(file.number, off_t(count)) == 0 else {
      throw FileError(path: path, code: errno)
    }
  }

  /// Sets the time of the last change to now, as far as the file system allows.
  package func setTime() { futimens(file.number, nil) }

  /// Removes the file; processes that have it open can still use it.
  package func remove() { unlink(path) }
}
