import Glibc
import Synchronization

/// Where results go. Unlike `print`, it notices when they cannot be written.
enum StandardOutput {
  /// What was not written yet.
  private static let pending = Mutex<[UInt8]>([])
  private static let isTerminal = isatty(STDOUT_FILENO) != 0

  /// Writes a line, now or with later ones.
  ///
  /// - Throws: ``StandardOutputError``.
  static func print(_ line: String) throws(StandardOutputError) {
    let isFull = pending.withLock { bytes in
      bytes += line.utf8
      bytes.append(UInt8(ascii: "\n"))
      return bytes.count > 1 << 16
    }
    if isFull || isTerminal { try flush() }
  }

  /// Writes lines.
  ///
  /// - Throws: ``StandardOutputError``.
  static func print(_ lines: [String]) throws(StandardOutputError) {
    for line in lines { try print(line) }
  }

  /// Writes what was not written yet.
  ///
  /// - Throws: ``StandardOutputError``.
  static func flush() throws(StandardOutputError) {
    let failure = pending.withLock { bytes in
      let (written, failure) = writeAll(bytes, to: STDOUT_FILENO)
      bytes.removeFirst(written)
      return failure
    }
    if failure != 0 { throw StandardOutputError(code: failure) }
  }
}

/// Writes bytes to a file descriptor; returns how many, and 0 or a value of `errno`.
func writeAll(_ bytes: [UInt8], to descriptor: Int32) -> (written: Int, failure: Int32) {
  var done = 0
  while done < bytes.count {
    let count = bytes[done...].withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
    if count < 0 {
      if errno == EINTR { continue }
      return (done, errno)
    }
    done += count
  }
  return (done, 0)
}

/// Results could not be written.
struct StandardOutputError: Error, CustomStringConvertible {
  let code: Int32

  var description: String { "standard output: \(String(cString: strerror(code)))" }
}
