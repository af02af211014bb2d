#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif

/// A file that appears whole or not at all.
///
///     var file = try OutputFile(path: "b0.safetensors")
///     try file.write(header)
///     try file.commit()          // now it is there
///
/// Until then the bytes go to a file without a name in the same folder, which the system drops even when the
/// process is killed; where the file system has no such files, to one named ".NAME.PID.partial". A link is
/// followed; a device or pipe is written as it is.
public struct OutputFile: ~Copyable {
  /// The final path.
  public let path: String
  private let target: String
  private let temporaryPath: String
  private let descriptor: Int32
  private let form: Form
  private var length = 0
  private var isCommitted = false

  private enum Form { case nameless, named, stream }

  /// Opens the temporary file.
  ///
  /// - Throws: ``FileError`` that names `path`.
  public init(path: String) throws(FileError) {
    guard !path.isEmpty else { throw FileError(path: "''", reason: "a file name is needed") }
    var status = stat()
    let exists = unsafe stat(path, &status) == 0
    if exists, status.st_mode & S_IFMT == S_IFDIR { throw FileError(path: path, code: EISDIR) }
    let isStream = exists && status.st_mode & S_IFMT != S_IFREG
    let target = exists && !isStream ? Self.resolved(path) : path
    let slash = target.lastIndex(of: "/")
    let folder = slash.map { String(target[...$0]) } ?? "./"
    let name = slash.map { target[target.index(after: $0)...] } ?? target[...]
    let temporaryPath =
      "\(folder).\(name).\(getpid())-\(UInt32.random(in: 0...UInt32.max)).partial"
    var form = Form.stream
    var descriptor: Int32
    if isStream {
      descriptor = open(path, O_WRONLY | O_CLOEXEC)
    } else {
      form = .nameless
      descriptor = openNameless(in: folder)
      if descriptor < 0 {
        form = .named
        descriptor = open(temporaryPath, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
      }
    }
    guard descriptor >= 0 else { throw FileError(path: path, code: errno) }
    self.path = path
    (self.target, self.temporaryPath) = (target, temporaryPath)
    (self.descriptor, self.form) = (descriptor, form)
  }

  deinit {
    close(descriptor)
    if form == .named, !isCommitted { unlink(temporaryPath) }
  }

  /// Appends bytes.
  ///
  /// - Throws: ``FileError``, for instance when the disk is full.
  public mutating func write(_ bytes: RawSpan) throws(FileError) {
    var failure: Int32 = 0
    unsafe bytes.withUnsafeBytes { buffer in
      var done = 0
      while done < buffer.count {
        let start = unsafe buffer.baseAddress! + done
        let count =
          form == .stream
          ? unsafe writeNext(descriptor, start, buffer.count - done)
          : unsafe pwrite(descriptor, start, buffer.count - done, off_t(length + done))
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

  /// Makes the bytes durable and gives the file its final name, replacing a file that was there.
  ///
  /// - Throws: ``FileError``; the file that was there before is then untouched.
  public mutating func commit() throws(FileError) {
    guard form != .stream else { return }
    guard fsync(descriptor) == 0 || errno == EINVAL else {
      throw FileError(path: path, code: errno)
    }
    if form == .nameless, !nameFile(descriptor, temporaryPath) {
      throw FileError(path: path, code: errno)
    }
    guard rename(temporaryPath, target) == 0 else {
      let code = errno
      unlink(temporaryPath)
      throw FileError(path: path, code: code)
    }
    isCommitted = true
  }

  /// The path with all links followed.
  private static func resolved(_ path: String) -> String {
    guard let result = unsafe realpath(path, nil) else { return path }
    defer { unsafe free(result) }
    return unsafe String(cString: result)
  }
}

/// The system's `write`, which inside ``OutputFile`` is hidden by a method.
private func writeNext(_ descriptor: Int32, _ bytes: UnsafeRawPointer, _ count: Int) -> Int {
  unsafe write(descriptor, bytes, count)
}

/// Opens a file in `folder` that has no name; negative where that cannot be done.
private func openNameless(in folder: String) -> Int32 {
  #if os(Linux)
    // O_TMPFILE, which Swift does not import.
    return open(folder, 0o20_000_000 | O_DIRECTORY | O_WRONLY | O_CLOEXEC, 0o644)
  #else
    return -1
  #endif
}

/// Gives a file that has no name one; false, with `errno`, if that fails.
private func nameFile(_ descriptor: Int32, _ path: String) -> Bool {
  linkat(AT_FDCWD, "/proc/self/fd/\(descriptor)", AT_FDCWD, path, AT_SYMLINK_FOLLOW) == 0
}
