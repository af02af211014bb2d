#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif

/// Whole files in memory, where a mapping would not do: one that another process shortens meanwhile is then an
/// error, not the end of the process.
package enum FileContents {
  /// Reads a file.
  ///
  /// - Parameter limit: The most bytes that it may have.
  /// - Throws: ``FileError``.
  package static func read(_ path: String, limit: Int) throws(FileError) -> [UInt8] {
    let (descriptor, size) = try openRegularFile(path)
    defer { close(descriptor) }
    guard size <= limit else {
      throw FileError(path: path, reason: "\(size) bytes are more than the \(limit) that are read")
    }
    var failure: Int32 = 0
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: size) { buffer, done in
      while done < size {
        let count = unsafe readNext(descriptor, buffer.baseAddress! + done, size - done)
        if count < 0, errno == EINTR { continue }
        if count < 0 { failure = errno }
        if count <= 0 { return }
        done += count
      }
    }
    if failure != 0 { throw FileError(path: path, code: failure) }
    return bytes
  }
}

/// The system's `read`, which inside ``FileContents`` is hidden by a method.
private func readNext(_ descriptor: Int32, _ bytes: UnsafeMutableRawPointer, _ count: Int) -> Int {
  unsafe read(descriptor, bytes, count)
}
