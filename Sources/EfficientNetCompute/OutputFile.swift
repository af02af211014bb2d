#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif

/// A file being written under a temporary name beside its final one, so that nobody ever sees half of it.
///
///     var file = try OutputFile(path: "b0.safetensors")
///     try file.write(header)
///     try file.commit()          // now it is there, whole
///
/// A file that is not committed is removed when the value goes away. One that a killed process left
/// behind starts with a dot and ends in ".partial".
public struct OutputFile: ~Copyable {
  /// The final path.
  public let path: String
  private let temporaryPath: String
  private let descriptor: Int32
  private var length = 0
  private var isCommitted = false

  /// Creates the temporary file, in the folder of `path`.
  ///
  /// - Throws: ``FileError`` that names `path`.
  public init(path: String) throws(FileError) {
    self.path = path
    let slash = path.lastIndex(of: "/")
    let folder = slash.map { path[...$0] } ?? ""
    let name = slash.map { path[path.index(after: $0)...] } ?? path[...]
    let suffix = UInt32.random(in: 0...UInt32.max)
    temporaryPath = "\(folder).\(name).\(getpid())-\(suffix).partial"
    descriptor = open(temporaryPath, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw FileError(path: path, code: errno) }
  }

  deinit {
    close(descriptor)
    if !isCommitted { unlink(temporaryPath) }
  }

  /// Appends bytes.
  ///
  /// - Throws: ``FileError``, for instance when the disk is full.
  public mutating func write(_ bytes: RawSpan) throws(FileError) {
    var failure: Int32 = 0
    unsafe bytes.withUnsafeBytes { buffer in
      var done = 0
      while done < buffer.count {
        let count = unsafe pwrite(
          descriptor, buffer.baseAddress! + done, buffer.count - done, off_t(length + done))
        if count < 0 {
          if errno == EINTR { continue }
          failure = errno
          return
        }
        done += count
      }
      length += done
    }
    if failure != 0 { throw FileError(path: path, code: failure) }
  }

  /// Appends the UTF-8 form of a string.
  public mutating func write(_ text: String) throws(FileError) {
    let bytes = Array(text.utf8)
    try write(bytes.span.bytes)
  }

  /// Makes the file durable and gives it its final name, replacing a file that was there.
  ///
  /// - Throws: ``FileError``; the file that was there before is then untouched.
  public mutating func commit() throws(FileError) {
    guard fsync(descriptor) == 0 || errno == EINVAL else {
      throw FileError(path: path, code: errno)
    }
    guard rename(temporaryPath, path) == 0 else { throw FileError(path: path, code: errno) }
    isCommitted = true
  }
}
