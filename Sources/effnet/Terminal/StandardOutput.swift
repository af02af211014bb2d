import EfficientNetSystem

/// Standard output, for results. Unlike `print`, it throws if they cannot be written.
///
/// Each call writes its lines at once, so a reader sees the result of a photo when it is computed.
/// The lines of processes that write into the same pipe do not mix: a write has whole lines and at
/// most ``atomicBytes`` bytes, unless a single line is longer.
enum StandardOutput {
  /// The bytes that Linux writes to a pipe in one piece: `PIPE_BUF`.
  static let atomicBytes = 4096
  private static let isTerminal = StandardStream.output.isTerminal
  private static let lock = Locked(())

  static func print(_ line: String) throws(FileError) { try print([line]) }

  static func print(_ lines: [String]) throws(FileError) {
    let error = lock.withLock { _ -> FileError? in
      if isTerminal { StatusLine.clear() }
      for bytes in writes(of: lines) {
        if let error = StandardStream.output.write(bytes).error { return error }
      }
      return nil
    }
    if let error { throw error }
  }

  /// Returns the bytes of each write: as many whole lines as fit, or one longer line.
  static func writes(of lines: [String]) -> [[UInt8]] {
    var writes: [[UInt8]] = []
    for line in lines {
      let bytes = Array(line.utf8) + [UInt8(ascii: "\n")]
      if let last = writes.last, last.count + bytes.count <= atomicBytes {
        writes[writes.count - 1] += bytes
      } else {
        writes.append(bytes)
      }
    }
    return writes
  }
}
