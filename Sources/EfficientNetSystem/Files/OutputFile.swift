internal import Glibc

/// A file that appears whole or not at all.
///
///     var file = try OutputFile(path: "b0.safetensors")
///     try file.write(header)
///     try file.commit()          // now it is there
///
/// Until then the bytes go to a file without a name in the same folder, which the system drops even when the
/// process is killed; where there are no such files, to one named ".effnet-….partial". A link is followed; a
/// device, a pipe, and the file that standard output goes to are written as they are.
package struct OutputFile: ~Copyable {
  /// The final path.
  package let path: String
  private let target: String
  private let folder: String
  private let temporaryPath: String
  private let file: Descriptor
  private let form: Form
  private var length = 0
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
      throw FileError(path: path, reason: "a link to a file that is not there")
    }
    let isRegular = status?.kind == .file
    let target = isRegular ? Self.resolved(path) : path
    let folder = target.lastIndex(of: "/").map { String(target[...$0]) } ?? "./"
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
      // A file without a name gets one through /proc.
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
    // A partial file without a lock was left by a process that was killed; see PartialName.sweep.
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

  /// Whether bytes that were written can be written again; not so in streams.
  package var canRewrite: Bool { form != .stream }

  /// Writes bytes at the end, or at a place over others.
  ///
  /// - Precondition: `offset` is at most what was written, and exactly that if ``canRewrite`` is false.
  /// - Throws: ``FileError``, for instance when the disk is full.
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

  /// Gives the file its final name, replacing a file that was there.
  ///
  /// - Parameter isDurable: Whether to wait until the bytes are on the disk. If not, a machine that loses its power
  ///   may lose them: for files that can be made again, and whose readers check what they read.
  /// - Throws: ``FileError``; the file that was there before is then untouched, unless the error names the folder: then
  ///   the new file is in place, and the system could not say that this outlasts a loss of power.
  package mutating func commit(isDurable: Bool = true) throws(FileError) {
    precondition(!isCommitted, "\(path) was committed")
    guard form != .stream else { return }
    if isDurable { try file.synchronize() }
    if form == .nameless {
      let nameless = "/proc/self/fd/\(file.number)"
      guard linkat(AT_FDCWD, nameless, AT_FDCWD, temporaryPath, AT_SYMLINK_FOLLOW) == 0 else {
        throw FileError(path: path, code: errno)
      }
    }
    guard rename(temporaryPath, target) == 0 else {
      let code = errno
      unlink(temporaryPath)
      throw FileError(path: path, code: code)
    }
    isCommitted = true
    // The new name, too, must outlast a loss of power.
    if isDurable { try Folder.synchronize(folder) }
  }

  /// Writes a whole file.
  package static func write(_ bytes: [UInt8], to path: String) throws(FileError) {
    var file = try OutputFile(path: path)
    try file.write(bytes.span.bytes)
    try file.commit()
  }

  /// The path with all links followed.
  private static func resolved(_ path: String) -> String {
    guard let result = unsafe realpath(path, nil) else { return path }
    defer { unsafe free(result) }
    return unsafe String(cString: result)
  }
}

/// Standard output or standard error, if `file` is where it goes.
private func standardStream(_ file: FileStatus.Identity) -> Int32? {
  [STDOUT_FILENO, STDERR_FILENO].first { number in
    var status = stat()
    return unsafe fstat(number, &status) == 0 && FileStatus(status).identity == file
  }
}
