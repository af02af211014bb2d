internal import Glibc

/// An open file or folder. Its deinitializer closes it.
///
/// Calls interrupted by a signal are repeated. Every error names the path that was opened.
struct Descriptor: ~Copyable, Sendable {
  let path: String
  let number: Int32

  /// Opens a file or a folder.
  ///
  /// - Parameter flags: The flags for `open`; `O_CLOEXEC` is added.
  init(_ path: String, _ flags: Int32) throws(FileError) {
    try self.init(opened: open(path, flags | O_CLOEXEC, 0o644), path: path)
  }

  /// Takes ownership of a file descriptor: the result of a call that returns a negative number and
  /// sets `errno` if it fails.
  init(opened number: Int32, path: String) throws(FileError) {
    guard number >= 0 else { throw FileError(path: path, code: errno) }
    (self.number, self.path) = (number, path)
  }

  /// Opens a regular file for reading.
  ///
  /// - Throws: ``FileError`` if it cannot be opened or is not a regular file.
  static func regularFile(_ path: String) throws(FileError) -> Descriptor {
    // Without O_NONBLOCK, opening a pipe without a writer would wait forever.
    let file = try Descriptor(path, O_RDONLY | O_NONBLOCK)
    switch try file.status().kind {
    case .file: return file
    case .folder: throw FileError(path: path, code: EISDIR)
    case .other: throw FileError(path: path, reason: "not a regular file")
    }
  }

  deinit { close(number) }

  func status() throws(FileError) -> FileStatus {
    var status = stat()
    guard unsafe fstat(number, &status) == 0 else { throw FileError(path: path, code: errno) }
    return FileStatus(status)
  }

  /// Returns a copy of a range of bytes, shorter if the file ends before the range.
  func read(_ range: Range<Int>) throws(FileError) -> [UInt8] {
    // For zero bytes, the standard library writes to the storage that all empty arrays share, which
    // is a data race.
    if range.isEmpty { return [] }
    var failure: Int32 = 0
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: range.count) { buffer, done in
      unsafe (done, failure) = read(
        at: range.lowerBound, into: UnsafeMutableRawBufferPointer(buffer))
    }
    if failure != 0 { throw FileError(path: path, code: failure) }
    return bytes
  }

  /// Reads a pipe until its writers close it.
  ///
  /// - Parameter limit: The maximum number of bytes.
  /// - Throws: ``FileError``, also for more bytes.
  func readPipe(limit: Int) throws(FileError) -> [UInt8] {
    // Reads wait for the writers.
    guard fcntl(number, F_SETFL, fcntl(number, F_GETFL) & ~O_NONBLOCK) == 0 else {
      throw FileError(path: path, code: errno)
    }
    var bytes: [UInt8] = []
    while true {
      var failure: Int32 = 0
      let part = unsafe [UInt8](unsafeUninitializedCapacity: 1 << 16) { buffer, done in
        (done, failure) = move(buffer.count, orElse: 0) { done in
          unsafe Glibc.read(number, buffer.baseAddress! + done, buffer.count - done)
        }
      }
      if failure != 0 { throw FileError(path: path, code: failure) }
      if part.isEmpty { return bytes }
      bytes += part
      guard bytes.count <= limit else {
        throw FileError(path: path, reason: "it has more than \(limit) bytes")
      }
    }
  }

  /// Fills a buffer with bytes from `offset` on. Returns the number of bytes read, and 0 or a value
  /// of `errno`.
  func read(
    at offset: Int, into buffer: UnsafeMutableRawBufferPointer
  ) -> (done: Int, failure: Int32) {
    move(buffer.count, orElse: 0) { done in
      unsafe pread(number, buffer.baseAddress! + done, buffer.count - done, off_t(offset + done))
    }
  }

  /// Writes bytes at an offset; a gap before it is filled with zeros.
  ///
  /// - Throws: ``FileError``, for instance if the disk is full.
  func write(_ bytes: RawSpan, at offset: Int) throws(FileError) {
    let failure = unsafe bytes.withUnsafeBytes { buffer in
      move(buffer.count, orElse: EIO) { done in
        unsafe pwrite(number, buffer.baseAddress! + done, buffer.count - done, off_t(offset + done))
      }.failure
    }
    if failure != 0 { throw FileError(path: path, code: failure) }
  }

  /// Writes bytes at the current position of the file or stream.
  func append(_ bytes: RawSpan) throws(FileError) {
    let failure = writeAll(bytes, to: number).failure
    if failure != 0 { throw FileError(path: path, code: failure) }
  }

  /// Waits until the bytes are on the disk.
  ///
  /// - Parameter forgiven: The values of `errno` that count as success. EINVAL: the file does not
  ///   support synchronization, such as a pipe.
  func synchronize(forgiving forgiven: [Int32] = [EINVAL]) throws(FileError) {
    guard fsync(number) == 0 || forgiven.contains(errno) else {
      throw FileError(path: path, code: errno)
    }
  }

  /// Locks the file or folder; returns false if another process has locked it.
  ///
  /// On a file system without locks, it always returns true.
  ///
  /// - Parameter isShared: Whether other processes may have shared locks at the same time.
  func lockIfFree(isShared: Bool = false) -> Bool {
    flock(number, (isShared ? LOCK_SH : LOCK_EX) | LOCK_NB) == 0 || errno != EWOULDBLOCK
  }

  /// Releases the lock.
  ///
  /// Closing the file is not enough: a child process that is just starting may have a copy of the
  /// descriptor, which holds the lock.
  func unlock() { flock(number, LOCK_UN) }
}

/// Writes bytes to an open file or stream. Returns the number of bytes written, and 0 or a value of
/// `errno`.
package func writeAll(_ bytes: RawSpan, to number: Int32) -> (done: Int, failure: Int32) {
  unsafe bytes.withUnsafeBytes { buffer in
    move(buffer.count, orElse: EIO) { done in
      unsafe write(number, buffer.baseAddress! + done, buffer.count - done)
    }
  }
}

/// Repeats a call such as `read` or `write` until it has moved `count` bytes or moves none.
///
/// - Parameter none: The failure if a call moves no bytes: 0 for reads, which end at the end of the
///   file.
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
