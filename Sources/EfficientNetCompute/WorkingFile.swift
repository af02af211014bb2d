internal import Glibc

/// A file that stays when the process ends, however it ends: what long work keeps so that it can go on from there.
///
/// While it is open nobody else has it. Parts may be read and written from several threads.
package final class WorkingFile: Sendable {
  /// Where it is.
  package let path: String
  private let descriptor: Int32

  /// Opens a file, or makes an empty one; nil if another process has it open.
  ///
  /// - Throws: ``FileError``.
  package init?(path: String) throws(FileError) {
    self.path = path
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0o644)
    guard descriptor >= 0 else { throw FileError(path: path, code: errno) }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw FileError(path: path, reason: "not a regular file")
    }
    guard lockIfFree(descriptor) else { return nil }
  }

  deinit {
    guard descriptor >= 0 else { return }
    unlock(descriptor)
    close(descriptor)
  }

  /// Its bytes.
  package var count: Int {
    var status = stat()
    return unsafe fstat(descriptor, &status) == 0 ? Int(status.st_size) : 0
  }

  /// A copy of some bytes, or of fewer where the file ends.
  ///
  /// - Throws: ``FileError``.
  package func read(_ range: Range<Int>) throws(FileError) -> [UInt8] {
    try readBytes(range, of: descriptor, path: path)
  }

  /// Writes bytes at a place; a gap before it is zeros.
  ///
  /// - Throws: ``FileError``, for instance when the disk is full.
  package func write(_ bytes: RawSpan, at offset: Int) throws(FileError) {
    var failure: Int32 = 0
    unsafe bytes.withUnsafeBytes { buffer in
      var done = 0
      while done < buffer.count {
        let start = unsafe buffer.baseAddress! + done
        let size = unsafe pwrite(descriptor, start, buffer.count - done, off_t(offset + done))
        if size < 0, errno == EINTR { continue }
        if size < 0 {
          failure = errno
          return
        }
        done += size
      }
    }
    if failure != 0 { throw FileError(path: path, code: failure) }
  }

  /// Empties the file.
  ///
  /// - Throws: ``FileError``.
  package func clear() throws(FileError) {
    guard ftruncate(descriptor, 0) == 0 else { throw FileError(path: path, code: errno) }
  }

  /// Removes the file; who has it open keeps what is in it.
  package func remove() { unlink(path) }
}
