import EfficientNetSystem

/// Standard output, for results. Unlike `print`, it throws if they cannot be written.
enum StandardOutput {
  /// The bytes that are not written yet.
  private static let pending = Locked<[UInt8]>([])
  private static let isTerminal = StandardStream.output.isTerminal

  /// Writes a line, at once or together with later lines.
  static func print(_ line: String) throws(FileError) {
    let isFull = pending.withLock { bytes in
      bytes += line.utf8
      bytes.append(UInt8(ascii: "\n"))
      return bytes.count > 1 << 16
    }
    if isFull || isTerminal { try flush() }
  }

  static func print(_ lines: [String]) throws(FileError) {
    for line in lines { try print(line) }
  }

  /// Writes all pending bytes.
  static func flush() throws(FileError) {
    let error = pending.withLock { bytes in
      if isTerminal, !bytes.isEmpty { StatusLine.clear() }
      let (written, error) = StandardStream.output.write(bytes)
      bytes.removeFirst(written)
      return error
    }
    if let error { throw error }
  }
}
