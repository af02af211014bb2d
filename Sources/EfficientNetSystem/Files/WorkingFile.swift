internal import Glibc

/// A file that stays when the process ends, however it ends: what long work keeps so that it can go on from there.
///
/// While it is open nobody else has it. Parts may be read and written from several threads.
package final class WorkingFile: Sendable {
  private let file: Descriptor

  /// Opens a file, or makes an empty one; nil if another process has it open. A link is not followed.
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

  /// The number of its bytes.
  package var count: Int { (try? file.status().size) ?? 0 }

  /// A copy of some bytes, or of fewer where the file ends.
  ///
  /// - Throws: ``FileError``.
  package func read(_ range: Range<Int>) throws(FileError) -> [UInt8] { try file.read(range) }

  /// Writes bytes at a place; a gap before it is zeros.
  ///
  /// - Throws: ``FileError``, for instance when the disk is full.
  package func write(_ bytes: RawSpan, at offset: Int) throws(FileError) {
    try file.write(bytes, at: offset)
  }

  /// Makes the bytes durable.
  ///
  /// - Throws: ``FileError``.
  package func synchronize() throws(FileError) { try file.synchronize() }

  /// Keeps the first bytes only.
  ///
  /// - Throws: ``FileError``.
  package func truncate(to count: Int) throws(FileError) {
    guard ftruncate(file.number, off_t(count)) == 0 else {
      throw FileError(path: path, code: errno)
    }
  }

  /// Removes the file; who has it open keeps what is in it.
  package func remove() { unlink(path) }
}
