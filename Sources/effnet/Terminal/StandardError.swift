#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Where messages and progress go; results go to standard output.
enum StandardError {
  /// Whether somebody watches.
  static let isTerminal = isatty(STDERR_FILENO) != 0

  static func write(_ text: String) {
    // Results that came before on standard output are shown before.
    fflush(nil)
    let bytes = Array(text.utf8)
    var done = 0
    while done < bytes.count {
      let count = bytes[done...].withUnsafeBytes {
        Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count)
      }
      guard count > 0 else { return }
      done += count
    }
  }
}
