import EfficientNetCompute
import Glibc

/// Where messages and progress go; results go to standard output.
enum StandardError {
  /// Whether somebody watches.
  static let isTerminal = isatty(STDERR_FILENO) != 0

  /// Letters of a line on the terminal; 80 if it does not say.
  static var columns: Int {
    var size = winsize()
    guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }

  /// Writes one line, for instance "effnet: notes.jpg is not a JPEG, PNG or WebP picture".
  static func report(_ message: String) {
    write("effnet: \(message.oneLine)\n")
  }

  /// Writes one line that is not an error, for instance "note: 2 files left out, not photos by their names: …".
  ///
  /// Notes say what was left out or how something was understood, so --quiet does not silence them.
  static func note(_ message: String) {
    write("note: \(message.oneLine)\n")
  }

  /// Writes notes, a line each.
  static func note(_ notes: [String]) {
    for line in notes { note(line) }
  }

  /// Writes text as it is.
  static func write(_ text: String) {
    // Results that came before are seen before; if they cannot be written, whoever writes next is told.
    try? StandardOutput.flush()
    _ = writeAll(Array(text.utf8), to: STDERR_FILENO)
  }
}
