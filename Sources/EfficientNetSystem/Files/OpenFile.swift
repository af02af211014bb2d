internal import Glibc

/// A file of which parts are read: one that another process shortens meanwhile is an error, not the end of the
/// process as with a mapping.
package struct OpenFile: ~Copyable {
  /// The path that was opened, for messages.
  package let path: String
  /// The length in bytes, when it was opened.
  package let count: Int
  private let file: Descriptor

  /// Opens the file at `path`.
  ///
  /// - Throws: ``FileError`` if the file cannot be opened or is not a regular file.
  package init(path: String) throws(FileError) {
    let file = try Descriptor.regularFile(path)
    count = try file.status().size
    self.file = file
    self.path = path
  }

  /// A copy of some bytes.
  ///
  /// - Precondition: `range` starts at 0 or later.
  /// - Throws: ``FileError``, also if the file ends before the range does or there is no memory.
  package borrowing func read(_ range: Range<Int>) throws(FileError) -> [UInt8] {
    precondition(range.lowerBound >= 0, "nothing is at \(range)")
    guard range.upperBound <= count else { throw FileError(path: path, reason: "ends too early") }
    // Small ranges are not worth the question.
    guard range.count <= 1 << 24 || MemoryProbe.isAvailable(byteCount: range.count) else {
      throw FileError(path: path, code: ENOMEM)
    }
    let bytes = try file.read(range)
    guard bytes.count == range.count else {
      throw FileError(path: path, reason: "ends too early; does another program write it?")
    }
    return bytes
  }
}
