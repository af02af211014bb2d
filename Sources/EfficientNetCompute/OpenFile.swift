internal import Glibc

/// A file of which parts are read: one that another process shortens meanwhile is an error, not the end of the
/// process as with a mapping.
package struct OpenFile: ~Copyable {
  /// The path that was opened, for messages.
  package let path: String
  /// The length in bytes, when it was opened.
  package let count: Int
  private let descriptor: Int32

  /// Opens the file at `path`.
  ///
  /// - Throws: ``FileError`` if the file cannot be opened or is not a regular file.
  package init(path: String) throws(FileError) {
    self.path = path
    (descriptor, count) = try openRegularFile(path)
  }

  deinit { close(descriptor) }

  /// A copy of some bytes.
  ///
  /// - Precondition: `range` starts at 0 or later.
  /// - Throws: ``FileError``, also if the file ends before the range does or there is no memory.
  package borrowing func read(_ range: Range<Int>) throws(FileError) -> [UInt8] {
    precondition(range.lowerBound >= 0, "nothing is at \(range)")
    guard range.upperBound <= count else { throw FileError(path: path, reason: "ends too early") }
    return try readExactly(range, of: descriptor, path: path)
  }
}

/// A copy of some bytes of an open file.
///
/// - Throws: ``FileError`` that names `path`, also if the file ends before the range does or there is no memory.
func readExactly(
  _ range: Range<Int>, of descriptor: Int32, path: String
) throws(FileError) -> [UInt8] {
  // Small ranges are not worth the question.
  guard range.count <= 1 << 24 || MemoryProbe.isAvailable(byteCount: range.count) else {
    throw FileError(path: path, code: ENOMEM)
  }
  let bytes = try readBytes(range, of: descriptor, path: path)
  guard bytes.count == range.count else {
    throw FileError(
      path: path, reason: "ends too early; does another program write it?")
  }
  return bytes
}

/// A copy of some bytes of an open file, or of fewer where it ends.
///
/// - Throws: ``FileError`` that names `path`.
func readBytes(
  _ range: Range<Int>, of descriptor: Int32, path: String
) throws(FileError) -> [UInt8] {
  // For no bytes the standard library writes to the storage that all empty arrays share: a race.
  if range.isEmpty { return [] }
  var failure: Int32 = 0
  let bytes = unsafe [UInt8](unsafeUninitializedCapacity: range.count) { buffer, done in
    while done < range.count {
      let start = unsafe buffer.baseAddress! + done
      let size = unsafe pread(
        descriptor, start, range.count - done, off_t(range.lowerBound + done))
      if size < 0, errno == EINTR { continue }
      if size < 0 { failure = errno }
      if size <= 0 { return }
      done += size
    }
  }
  if failure != 0 { throw FileError(path: path, code: failure) }
  return bytes
}
