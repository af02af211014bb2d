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
  /// - Parameters:
  ///   - limit: The most bytes that it may have.
  ///   - accepts: Is asked about the first 16 bytes; if it says no, they are all that is read.
  /// - Throws: ``FileError``.
  package static func read(
    _ path: String, limit: Int, accepts: ([UInt8]) -> Bool = { _ in true }
  ) throws(FileError) -> [UInt8] {
    let (descriptor, size) = try openRegularFile(path)
    defer { close(descriptor) }
    let first = try read(min(size, 16), of: path, descriptor)
    guard size > 16, accepts(first) else { return first }
    guard size <= limit else {
      throw FileError(path: path, reason: "\(size) bytes are more than the \(limit) that are read")
    }
    // A Swift array that gets no memory ends the process; malloc says so.
    let memory = unsafe malloc(size)
    unsafe free(memory)
    guard unsafe memory != nil else { throw FileError(path: path, code: ENOMEM) }
    lseek(descriptor, 0, SEEK_SET)
    return try read(size, of: path, descriptor)
  }

  /// The next `size` bytes, or fewer at the end of the file.
  private static func read(
    _ size: Int, of path: String, _ descriptor: Int32
  ) throws(FileError) -> [UInt8] {
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
