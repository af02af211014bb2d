internal import Glibc

/// Whole files in memory, where a mapping would not do: one that another process shortens meanwhile is then an
/// error, not the end of the process.
package enum FileContents {
  /// Reads a file.
  ///
  /// - Parameters:
  ///   - limit: The most bytes that it may have.
  ///   - accepts: Is asked about the first 16 bytes; if it says no, they are all that is read.
  /// - Throws: ``FileError``, also if the file gets shorter while it is read or there is no memory for it.
  package static func read(
    _ path: String, limit: Int, accepts: ([UInt8]) -> Bool = { _ in true }
  ) throws(FileError) -> [UInt8] {
    let (descriptor, size) = try openRegularFile(path)
    defer { close(descriptor) }
    let first = try readExactly(0..<min(size, 16), of: descriptor, path: path)
    guard size > 16, accepts(first) else { return first }
    guard size <= limit else {
      throw FileError(path: path, reason: "\(size) bytes are more than the \(limit) that are read")
    }
    return try readExactly(0..<size, of: descriptor, path: path)
  }
}
