internal import Glibc

/// Reads and compares whole files. If another process shortens the file meanwhile, this is an error;
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
      throw FileError(path: path, reason: "it has \(file.count) bytes; at most \(limit) are read")
    }
    return try file.read(0..<file.count)
  }

  /// Reads a whole file, or a pipe to its end, such as that of a shell's `<(command)`.
  ///
  /// A named pipe that no process writes to is empty.
  ///
  /// - Parameter limit: The maximum number of bytes.
  /// - Throws: ``FileError``, also for more bytes.
  package static func read(fileOrPipe path: String, limit: Int) throws(FileError) -> [UInt8] {
    // Without O_NONBLOCK, opening a pipe without a writer would wait forever.
    let file = try Descriptor(path, O_RDONLY | O_NONBLOCK)
    guard try file.status().isPipe else { return try read(path, limit: limit) }
    return try file.readPipe(limit: limit)
  }

  /// Returns whether two paths lead to regular files with the same bytes; false if one of them
  /// cannot be read.
  package static func areEqual(_ first: String, _ second: String) -> Bool {
    do throws(FileError) {
      let first = try Descriptor.regularFile(first)
      let second = try Descriptor.regularFile(second)
      let (one, other) = (try first.status(), try second.status())
      if one.identity == other.identity { return true }
      guard one.size == other.size else { return false }
      let pieceBytes = 1 << 20
      for offset in stride(from: 0, to: one.size, by: pieceBytes) {
        let piece = offset..<min(offset + pieceBytes, one.size)
        guard try first.read(piece) == second.read(piece) else { return false }
      }
      return true
    } catch {
      return false
    }
  }
}
