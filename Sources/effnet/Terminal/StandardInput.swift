#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Where lists of paths come from.
enum StandardInput {
  /// All lines but those that are blank.
  ///
  /// - Throws: ``Interruption``; `readLine` would wait on.
  static func lines() throws(Interruption) -> [String] {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      try Interruption.check()
      var state = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
      let ready = poll(&state, 1, 100)
      if ready == 0 || ready < 0 && errno == EINTR { continue }
      let count = read(STDIN_FILENO, &chunk, chunk.count)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { break }
      bytes += chunk[..<count]
    }
    return bytes.split(separator: UInt8(ascii: "\n"))
      .map { String(decoding: $0.last == UInt8(ascii: "\r") ? $0.dropLast() : $0, as: UTF8.self) }
      .filter { !$0.allSatisfy(\.isWhitespace) }
  }
}
