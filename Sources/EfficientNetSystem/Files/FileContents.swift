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
    let file = try OpenFile(path: path)
    let first = try file.read(0..<min(file.count, 16))
    guard file.count > 16, accepts(first) else { return first }
    guard file.count <= limit else {
      throw FileError(
        path: path, reason: "\(file.count) bytes are more than the \(limit) that are read")
    }
    return try file.read(0..<file.count)
  }
}
