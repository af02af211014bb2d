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
    let (descriptor, size) = try openRegularFile(path)
    defer { close(descriptor) }
    self.path = path
    count = size
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

/// Opens a file for reading and says how many bytes it has.
///
/// - Throws: ``FileError`` if it cannot be opened or is not a regular file.
func openRegularFile(_ path: String) throws(FileError) -> (descriptor: Int32, size: Int) {
  // Without O_NONBLOCK, opening a pipe that nobody writes to would wait for ever.
  let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
  guard descriptor >= 0 else { throw FileError(path: path, code: errno) }
  var status = stat()
  let failure: FileError
  if fstat(descriptor, &status) != 0 {
    failure = FileError(path: path, code: errno)
  } else if status.st_mode & S_IFMT == S_IFREG {
    return (descriptor, Int(status.st_size))
  } else if status.st_mode & S_IFMT == S_IFDIR {
    failure = FileError(path: path, code: EISDIR)
  } else {
    failure = FileError(path: path, reason: "not a regular file")
  }
  close(descriptor)
  throw failure
}
