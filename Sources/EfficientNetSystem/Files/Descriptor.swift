internal import Glibc

/// An open file or folder, which is closed at the end of its life.
///
/// Calls that a signal interrupts are repeated. Every error names the path that was opened.
struct Descriptor: ~Copyable, Sendable {
  let path: String
  /// The system's number of the open file.
  let number: Int32

  /// Opens a file or a folder.
  ///
  /// - Parameter flags: Those of `open`, without `O_CLOEXEC`.
  /// - Throws: ``FileError``.
  init(_ path: String, _ flags: Int32) throws(FileError) {
    try self.init(opened: open(path, flags | O_CLOEXEC, 0o644), path: path)
  }

  /// Takes over an open file: the result of a call that returns a negative number, and sets `errno`, if it fails.
  ///
  /// - Throws: ``FileError``.
  init(opened number: Int32, path: String) throws(FileError) {
    guard number >= 0 else { throw FileError(path: path, code: errno) }
    (self.number, self.path) = (number, path)
  }

  /// Opens a file to read it.
  ///
  /// - Throws: ``FileError`` if it cannot be opened or is not a regular file.
  static func regularFile(_ path: String) throws(FileError) -> Descriptor {
    // Without O_NONBLOCK, opening a pipe that nobody writes to would wait for ever.
    let file = try Descriptor(path, O_RDONLY | O_NONBLOCK)
    switch try file.status().kind {
    case .file: return file
    case .folder: throw FileError(path: path, code: EISDIR)
    case .other: throw FileError(path: path, reason: "not a regular file")
    }
  }

  deinit { close(number) }

  /// What the system knows of the file.
  ///
  /// - Throws: ``FileError``.
  func status() throws(FileError) -> FileStatus {
    var status = stat()
    guard unsafe fstat(number, &status) == 0 else { throw FileError(path: path, code: errno) }
    return FileStatus(status)
  }

  /// A copy of some bytes, or of fewer where the file ends.
  ///
  /// - Throws: ``FileError``.
  func read(_ range: Range<Int>) throws(FileError) -> [UInt8] {
    // For no bytes the standard library writes to the storage that all empty arrays share: a race.
    if range.isEmpty { return [] }
    var failure: Int32 = 0
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: range.count) { buffer, done in
      unsafe (done, failure) = read(
        at: range.lowerBound, into: UnsafeMutableRawBufferPointer(buffer))
    }
    if failure != 0 { throw FileError(path: path, code: failure) }
    return bytes
  }

  /// Fills a buffer from `offset` on; returns how many bytes there were, and 0 or a value of `errno`.
  func read(
    at offset: Int, into buffer: UnsafeMutableRawBufferPointer
  ) -> (done: Int, failure: Int32) {
    move(buffer.count, orElse: 0) { done in
      unsafe pread(number, buffer.baseAddress! + done, buffer.count - done, off_t(offset + done))
    }
  }

  /// Writes bytes at a place; a gap before it is zeros.
  ///
  /// - Throws: ``FileError``, for instance when the disk is full.
  func write(_ bytes: RawSpan, at offset: Int) throws(FileError) {
    let failure = unsafe bytes.withUnsafeBytes { buffer in
      move(buffer.count, orElse: EIO) { done in
        unsafe pwrite(number, buffer.baseAddress! + done, buffer.count - done, off_t(offset + done))
      }.failure
    }
    if failure != 0 { throw FileError(path: path, code: failure) }
  }

  /// Writes bytes where the file or the stream is now.
  ///
  /// - Throws: ``FileError``.
  func append(_ bytes: RawSpan) throws(FileError) {
    let failure = writeAll(bytes, to: number).failure
    if failure != 0 { throw FileError(path: path, code: failure) }
  }

  /// Makes the bytes durable.
  ///
  /// - Parameter forgiven: The values of `errno` that count as success. EINVAL: it is no file that could be durable.
  /// - Throws: ``FileError``.
  func synchronize(forgiving forgiven: [Int32] = [EINVAL]) throws(FileError) {
    guard fsync(number) == 0 || forgiven.contains(errno) else {
      throw FileError(path: path, code: errno)
    }
  }

  /// Locks the file or folder; false if another process has locked it.
  ///
  /// Where the file system has no locks, it counts as free.
  func lockIfFree() -> Bool { flock(number, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK }

  /// Gives a lock back.
  ///
  /// Closing the file is not enough: a process that is just being started may have a copy of the descriptor, and with
  /// it the lock.
  func unlock() { flock(number, LOCK_UN) }
}

/// Writes bytes to an open file or stream; returns how many, and 0 or a value of `errno`.
package func writeAll(_ bytes: RawSpan, to number: Int32) -> (done: Int, failure: Int32) {
  unsafe bytes.withUnsafeBytes { buffer in
    move(buffer.count, orElse: EIO) { done in
      unsafe write(number, buffer.baseAddress! + done, buffer.count - done)
    }
  }
}

/// Calls what moves bytes, as `read` and `write` do, until it has moved `count` or moves none.
///
/// - Parameter none: The failure when a call moves none: 0 for reads, which the end of the file stops.
func move(
  _ count: Int, orElse none: Int32, _ call: (_ done: Int) -> Int
) -> (done: Int, failure: Int32) {
  var done = 0
  while done < count {
    let moved = call(done)
    if moved < 0, errno == EINTR { continue }
    guard moved > 0 else { return (done, moved < 0 ? errno : none) }
    done += moved
  }
  return (done, 0)
}
