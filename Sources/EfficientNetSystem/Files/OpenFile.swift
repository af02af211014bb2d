internal import Glibc

/// A file opened to read parts of it. If another process shortens the file, this is an error; with
/// a mapping, it would end the process.
package struct OpenFile: ~Copyable {
  /// The path of the file, for messages.
  package let path: String
  /// The size in bytes when the file was opened.
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

  /// Returns a copy of a range of bytes.
  ///
  /// - Precondition: `range` starts at 0 or later.
  /// - Throws: ``FileError``, also if the file ends before the range or memory is insufficient.
  package borrowing func read(_ range: Range<Int>) throws(FileError) -> [UInt8] {
    precondition(range.lowerBound >= 0, "nothing is at \(range)")
    guard range.upperBound <= count else { throw FileError(path: path, reason: "ends too early") }
    // Small ranges are allocated without asking the system first.
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
