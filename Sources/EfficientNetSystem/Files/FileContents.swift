/// Reads whole files into memory. If another process shortens the file meanwhile, this is an error;
/// with a mapping, it would end the process.
package enum FileContents {
  /// Reads a whole file.
  ///
  /// - Parameters:
  ///   - limit: The maximum size of the file in bytes.
  ///   - accepts: Called with the first 16 bytes; if it returns false, only these bytes are
  ///     returned.
  /// - Throws: ``FileError``, also if the file is too large, if it becomes shorter during the read,
  ///   or if memory is insufficient.
  package static func read(
    _ path: String, limit: Int, accepts: ([UInt8]) -> Bool = { _ in true }
  ) throws(FileError) -> [UInt8] {
    let file = try OpenFile(path: path)
    let first = try file.read(0..<min(file.count, 16))
    guard file.count > 16, accepts(first) else { return first }
    guard file.count <= limit else {
      throw FileError(
        path: path, reason: "it has \(file.count) bytes; at most \(limit) are read")
    }
    return try file.read(0..<file.count)
  }

  /// Returns whether two files have the same bytes; false if one cannot be read.
  package static func areEqual(_ first: String, _ second: String) -> Bool {
    guard let size = FileStatus(first)?.size, size == FileStatus(second)?.size,
      let first = try? OpenFile(path: first), let second = try? OpenFile(path: second)
    else { return false }
    let part = 1 << 20
    for begin in stride(from: 0, to: size, by: part) {
      let range = begin..<min(begin + part, size)
      guard let bytes = try? first.read(range), bytes == (try? second.read(range)) else {
        return false
      }
    }
    return true
  }
}
