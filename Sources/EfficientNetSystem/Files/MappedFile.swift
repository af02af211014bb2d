internal import Glibc

/// A file mapped into memory read-only: the system reads a page when it is first accessed.
///
/// Callers must not map files that another process may shorten. This library replaces its own files
/// by renaming, which does not affect a mapping.
package final class MappedFile: Sendable {
  /// The path of the file, for messages.
  package let path: String
  package let count: Int
  nonisolated(unsafe) private let base: UnsafeRawPointer?
  private let file: Descriptor?

  /// Maps the file at `path`.
  ///
  /// - Parameter staysOpen: Whether `read(at:into:)` can copy parts of the file.
  /// - Throws: ``FileError`` if the file cannot be opened, is not a regular file or cannot be
  ///   mapped.
  package init(path: String, staysOpen: Bool = false) throws(FileError) {
    let file = try Descriptor.regularFile(path)
    let count = try file.status().size
    var base: UnsafeRawPointer?
    if count > 0 {
      let address = unsafe mmap(nil, count, PROT_READ, MAP_PRIVATE, file.number, 0)
      guard let address = unsafe address, unsafe address != MAP_FAILED else {
        throw FileError(path: path, code: errno)
      }
      unsafe base = UnsafeRawPointer(address)
    }
    (self.path, self.count) = (path, count)
    unsafe self.base = base
    if staysOpen { self.file = consume file } else { self.file = nil }
  }

  deinit {
    if let base = unsafe base { unsafe munmap(UnsafeMutableRawPointer(mutating: base), count) }
  }

  /// Fills a buffer with bytes of the file; returns false if that fails.
  ///
  /// Reading a large file once, one buffer after another, is faster this way than through the
  /// mapping, where the first access to each page is a page fault (5 GB on two threads: 0.23 s,
  /// mapped 0.42 s).
  package func read(at offset: Int, into buffer: inout [UInt8]) -> Bool {
    guard file != nil else { return false }
    return unsafe buffer.withUnsafeMutableBytes { bytes in
      unsafe file!.read(at: offset, into: bytes).done == bytes.count
    }
  }

  /// Calls `body` with the whole file.
  package func withBytes<Result, Failure: Error>(
    _ body: (RawSpan) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(unsafe UnsafeRawBufferPointer(start: base, count: base == nil ? 0 : count).bytes)
  }
}
