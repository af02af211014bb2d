internal import Glibc

/// A file opened to read parts of it. If another process shortens the file, this is an error; with
/// a mapping, it would end the process.
package final class OpenFile: Sendable {
  package let path: String
  /// The size in bytes when the file was opened.
  package let count: Int
  private let stamp: FileStatus.Stamp
  private let file: Descriptor
  /// The first error of ``read(at:into:)``, a value of `errno`; 0 for none.
  private let failure = Locked(Int32(0))

  /// Opens the file at `path`.
  ///
  /// - Throws: ``FileError`` if the file cannot be opened or is not a regular file.
  package init(path: String) throws(FileError) {
    let file = try Descriptor.regularFile(path)
    stamp = try file.status().stamp
    count = Int(stamp.size)
    self.file = file
    self.path = path
  }

  /// Returns a copy of a range of bytes.
  ///
  /// - Precondition: `range` starts at 0 or later.
  /// - Throws: ``FileError``, also if the file ends before the range or memory is insufficient.
  package func read(_ range: Range<Int>) throws(FileError) -> [UInt8] {
    try elements(at: range.lowerBound, count: range.count)
  }

  /// Returns `count` 32-bit floats, little-endian, from a byte offset on.
  ///
  /// - Precondition: `offset` is at least 0.
  /// - Throws: ``FileError``, as ``read(_:)``.
  package func floats(at offset: Int, count: Int) throws(FileError) -> [Float] {
    try elements(at: offset, count: count)
  }

  /// Returns `count` 64-bit floats, little-endian, from a byte offset on.
  ///
  /// - Precondition: `offset` is at least 0.
  /// - Throws: ``FileError``, as ``read(_:)``.
  package func doubles(at offset: Int, count: Int) throws(FileError) -> [Double] {
    try elements(at: offset, count: count)
  }

  private func elements<Element: BitwiseCopyable>(
    at offset: Int, count: Int
  ) throws(FileError) -> [Element] {
    precondition(offset >= 0, "nothing is at \(offset)")
    let byteCount = count * MemoryLayout<Element>.stride
    guard offset <= self.count, byteCount <= self.count - offset else {
      throw FileError(path: path, reason: "ends too early")
    }
    // For zero bytes, the standard library writes to the storage that all empty arrays share, which
    // is a data race.
    if count == 0 { return [] }
    // Small ranges are allocated without asking the system first.
    guard byteCount <= 1 << 24 || MemoryProbe.isAvailable(byteCount: byteCount) else {
      throw FileError(path: path, code: ENOMEM)
    }
    var (done, failure) = (0, Int32(0))
    let elements = unsafe [Element](unsafeUninitializedCapacity: count) { buffer, initialized in
      unsafe (done, failure) = file.read(at: offset, into: UnsafeMutableRawBufferPointer(buffer))
      initialized = done == byteCount ? count : 0
    }
    if failure != 0 { throw FileError(path: path, code: failure) }
    guard done == byteCount else {
      throw FileError(path: path, reason: "ends too early; does another program write it?")
    }
    return elements
  }

  /// Checks that the whole file, or some numbers in it as 32-bit floats, can be in memory.
  ///
  /// - Parameter floats: The number of floats; nil for the bytes of the file.
  /// - Throws: ``FileError`` if they are larger than the memory of the machine.
  package func checkMemory(floats: Int? = nil) throws(FileError) {
    let needed = floats.map { 4 * $0 } ?? count
    // A small file needs no question to the system.
    guard needed <= 1 << 26 || needed <= MachineMemory.bytes else {
      throw FileError(
        path: path,
        reason: "not enough memory for its \(needed.megabytes)"
          + (floats == nil ? "" : " of 32-bit floats"))
    }
  }

  /// Returns all bytes.
  ///
  /// - Throws: ``FileError``, also if memory is insufficient or another program changes the file
  ///   meanwhile.
  package func contents() throws(FileError) -> [UInt8] {
    try checkMemory()
    let bytes = try read(0..<count)
    try checkUnchanged()
    return bytes
  }

  /// Fills a buffer with the bytes from `offset` on; returns false if that fails. Then
  /// ``checkReads()`` throws an error of the system, and ``checkUnchanged()`` if the file became
  /// shorter.
  package func read(at offset: Int, into buffer: inout [UInt8]) -> Bool {
    if buffer.isEmpty { return true }
    let (done, code) = unsafe buffer.withUnsafeMutableBytes {
      unsafe file.read(at: offset, into: $0)
    }
    if code != 0 { failure.withLock { if $0 == 0 { $0 = code } } }
    return done == buffer.count
  }

  /// Checks that ``read(at:into:)`` has met no error of the system, such as a broken disk.
  ///
  /// - Throws: ``FileError`` with the first error.
  package func checkReads() throws(FileError) {
    let code = failure.withLock { $0 }
    if code != 0 { throw FileError(path: path, code: code) }
  }

  /// Checks that no program has changed the file since it was opened. A file that was replaced by
  /// renaming another one counts as unchanged: this object still reads the old one.
  ///
  /// - Throws: ``FileError`` if its size or the time of its last change differs.
  package func checkUnchanged() throws(FileError) {
    let now = try file.status().stamp
    guard now.size == stamp.size, now.modified == stamp.modified else {
      throw FileError(path: path, reason: "changed while it was in use; open it again")
    }
  }
}
