#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif

/// A file's bytes, mapped into memory read-only: pages are read when they are first touched.
///
/// A file that another process shortens while it is mapped is the caller's to avoid; our own files
/// are replaced by renaming, which leaves a mapping whole.
public final class MappedFile: Sendable {
  /// The path that was opened, for messages.
  public let path: String
  /// The length in bytes.
  public let count: Int
  nonisolated(unsafe) private let base: UnsafeRawPointer?

  /// Maps the file at `path`.
  ///
  /// - Throws: ``FileError`` if the file cannot be opened, is not a regular file or cannot be mapped.
  public init(path: String) throws(FileError) {
    // Without O_NONBLOCK, opening a pipe that nobody writes to would wait for ever.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw FileError(path: path, code: errno) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw FileError(path: path, code: errno) }
    guard status.st_mode & S_IFMT != S_IFDIR else { throw FileError(path: path, code: EISDIR) }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw FileError(path: path, reason: "is not a regular file")
    }
    self.path = path
    count = Int(status.st_size)
    guard count > 0 else {
      base = nil
      return
    }
    let address = mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0)
    guard let address, address != UnsafeMutableRawPointer(bitPattern: -1) else {
      throw FileError(path: path, code: errno)
    }
    base = UnsafeRawPointer(address)
  }

  deinit {
    if let base { munmap(UnsafeMutableRawPointer(mutating: base), count) }
  }

  /// Calls `body` with the whole file.
  public func withBytes<Result, Failure: Error>(
    _ body: (RawSpan) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(unsafe UnsafeRawBufferPointer(start: base, count: base == nil ? 0 : count).bytes)
  }
}

/// A file that the system would not open, read or write.
public struct FileError: Error, Hashable, CustomStringConvertible {
  /// The file.
  public let path: String
  /// What was wrong, for instance "No such file or directory".
  public let reason: String

  /// An error in the program's own words.
  public init(path: String, reason: String) {
    self.path = path
    self.reason = reason
  }

  /// An error that the system numbered.
  ///
  /// - Parameter code: A value of `errno`.
  public init(path: String, code: Int32) {
    self.path = path
    reason = String(cString: strerror(code))
  }

  /// For instance "cat.jpg: No such file or directory".
  public var description: String { "\(path): \(reason)" }
}
