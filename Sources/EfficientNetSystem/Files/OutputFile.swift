internal import Glibc

/// A file that appears either complete or not at all.
///
///     var file = try OutputFile(path: "b0.safetensors")
///     try file.write(header)
///     try file.commit()          // now it is there
///
/// Before the commit, the bytes go to an unnamed file in the same folder, which the system deletes
/// even if the process is killed. On file systems without unnamed files, they go to a file named
/// ".effnet-….partial". Links are followed. Devices, pipes, and the file that standard output goes
/// to are written directly.
package struct OutputFile: ~Copyable {
  /// The final path.
  package let path: String
  private let target: String
  private let folder: String
  private let temporaryPath: String
  private let file: Descriptor
  private let form: Form
  /// The number of bytes written.
  package private(set) var length = 0
  private var isCommitted = false

  private enum Form { case nameless, named, stream }

  /// Opens the temporary file.
  ///
  /// - Throws: ``FileError`` that names `path`.
  package init(path: String) throws(FileError) {
    guard !path.isEmpty else { throw FileError(path: "''", reason: "a file name is needed") }
    let status = FileStatus(path)
    if status?.kind == .folder { throw FileError(path: path, code: EISDIR) }
    if status == nil, FileStatus(path, followsLinks: false) != nil {
      throw FileError(path: path, reason: "it is a link to a file that does not exist")
    }
    let isRegular = status?.kind == .file
    let target = isRegular ? Folder.resolved(path) ?? path : path
    let folder = Folder.parent(of: target)
    let temporaryPath = "\(folder)\(PartialName.make())"
    var form = Form.stream
    let file: Descriptor
    if let status, let standard = standardStream(status.identity) {
      file = try Descriptor(opened: dup(standard), path: path)
    } else if status != nil, !isRegular {
      file = try Descriptor(path, O_WRONLY)
    } else {
      form = .nameless
      var number: Int32 = -1
      // An unnamed file gets its name through /proc.
      if access("/proc/self/fd", X_OK) == 0 {
        // O_TMPFILE, which Swift does not import.
        number = open(folder, 0o20_000_000 | O_DIRECTORY | O_WRONLY | O_CLOEXEC, 0o644)
      }
      if number < 0 {
        form = .named
        PartialName.sweep(folder)
        number = open(temporaryPath, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
      }
      file = try Descriptor(opened: number, path: path)
    }
    // A partial file without a lock belongs to a process that was killed; see PartialName.sweep.
    if form != .stream { _ = file.lockIfFree() }
    if let status, form != .stream { fchmod(file.number, status.permissions) }
    self.path = path
    (self.target, self.folder, self.temporaryPath, self.form) = (
      target, folder, temporaryPath, form
    )
    self.file = file
  }

  deinit {
    if form == .named, !isCommitted { unlink(temporaryPath) }
    if form != .stream { file.unlock() }
  }

  /// Whether written bytes can be overwritten; false for streams.
  package var canRewrite: Bool { form != .stream }

  /// Writes bytes at the end, or over earlier bytes at `offset`.
  ///
  /// - Precondition: `offset` is at most the number of bytes written, and equal to it if
  ///   `canRewrite` is false.
  /// - Throws: ``FileError``, for instance if the disk is full.
  package mutating func write(_ bytes: RawSpan, at offset: Int? = nil) throws(FileError) {
    let offset = offset ?? length
    precondition(!isCommitted, "\(path) was committed")
    precondition(
      offset == length || canRewrite && 0..<length ~= offset,
      "\(path) has \(length) bytes, nothing can be written at \(offset)")
    if form == .stream { try file.append(bytes) } else { try file.write(bytes, at: offset) }
    length = max(length, offset + bytes.byteCount)
  }

  /// Appends the UTF-8 form of a string.
  package mutating func write(_ text: String) throws(FileError) {
    let bytes = Array(text.utf8)
    try write(bytes.span.bytes)
  }

  /// Gives the file its final name, replacing an existing file.
  ///
  /// - Parameter isDurable: Whether to wait until the bytes are on the disk. Without waiting, a
  ///   power failure may lose them: only for files that can be created again and whose readers
  ///   check them.
  /// - Throws: ``FileError``. An existing file is then unchanged, unless the error names the
  ///   folder: then the new file is in place, but it may not survive a power failure.
  package mutating func commit(isDurable: Bool = true) throws(FileError) {
    guard form != .stream else { return }
    try name(target, isDurable: isDurable) { rename($0, $1) == 0 ? 0 : errno }
  }

  /// Gives the file its final name, unless a file has that name by now: then the bytes are lost.
  ///
  /// - Returns: Whether the file has its final name.
  package mutating func commitIfFree(isDurable: Bool) throws(FileError) -> Bool {
    guard form != .stream else { return false }
    var isTaken = false
    do throws(FileError) {
      try name(target, isDurable: isDurable) { temporary, final in
        let code = renameIfFree(temporary, final)
        isTaken = code == EEXIST
        return code
      }
    } catch {
      if isTaken { return false }
      throw error
    }
    return true
  }

  /// Names the file "path.partial", or "path.partial-2", "path.partial-3", … if that exists, and
  /// leaves the file at `path` unchanged. No file is replaced.
  ///
  /// - Returns: The path; nil for a stream, which has the bytes already.
  package mutating func keepPartial() throws(FileError) -> String? {
    guard form != .stream else { return nil }
    let first = "\(target).partial"
    var (partial, number) = (first, 1)
    try name(first, isDurable: true) { temporary, _ in
      while true {
        let code = renameIfFree(temporary, partial)
        guard code == EEXIST else { return code }
        number += 1
        partial = "\(first)-\(number)"
      }
    }
    return partial
  }

  /// Gives the file the permissions and the time of the last change of another file, as far as the
  /// file system can. Later writes change the time again.
  func copyAttributes(of other: FileStatus) {
    fchmod(file.number, other.permissions)
    let second: Int64 = 1_000_000_000
    let fraction = (other.stamp.modified % second + second) % second
    let modified = timespec(
      tv_sec: Int((other.stamp.modified &- fraction) / second), tv_nsec: Int(fraction))
    // UTIME_OMIT, which Swift does not import, leaves the time of the last access.
    let times = [timespec(tv_sec: 0, tv_nsec: (1 << 30) - 2), modified]
    unsafe futimens(file.number, times)
  }

  /// Names the file.
  ///
  /// - Parameter rename: Renames a file and returns 0 or a value of `errno`.
  private mutating func name(
    _ target: String, isDurable: Bool, _ rename: (_ temporary: String, _ final: String) -> Int32
  ) throws(FileError) {
    precondition(!isCommitted, "\(path) was committed")
    if isDurable { try file.synchronize() }
    if form == .nameless {
      let nameless = "/proc/self/fd/\(file.number)"
      guard linkat(AT_FDCWD, nameless, AT_FDCWD, temporaryPath, AT_SYMLINK_FOLLOW) == 0 else {
        throw FileError(path: path, code: errno)
      }
    }
    let code = rename(temporaryPath, target)
    guard code == 0 else {
      unlink(temporaryPath)
      throw FileError(path: path, code: code)
    }
    isCommitted = true
    // The new name must also survive a power failure.
    if isDurable { try Folder.synchronize(folder) }
  }

  package static func write(_ bytes: [UInt8], to path: String) throws(FileError) {
    var file = try OutputFile(path: path)
    try file.write(bytes.span.bytes)
    try file.commit()
  }
}

/// Returns the standard output or standard error that writes to `file`; nil if neither does.
private func standardStream(_ file: FileStatus.Identity) -> Int32? {
  [STDOUT_FILENO, STDERR_FILENO].first { number in
    var status = stat()
    return unsafe fstat(number, &status) == 0 && FileStatus(status).identity == file
  }
}
