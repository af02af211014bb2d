import EfficientNetCompute
import EfficientNetImages
import EfficientNetReports

/// Where messages and progress go; results go to standard output.
enum StandardError {
  /// Writes one line, for instance "effnet: notes.jpg is not a JPEG, PNG or WebP picture".
  static func report(_ message: String) {
    write("effnet: \(message.oneLine)\n")
  }

  /// Writes the error of a photo in one line, with the option that avoids it.
  static func report(_ error: any Error) {
    if case .tooManyPixels? = error as? ImageError {
      report("\(error) with --max-pixels")
    } else {
      report("\(error)")
    }
  }

  /// Writes one line that is not an error, for instance "note: 2 files left out, not photos by their names: …".
  ///
  /// Notes say what was left out or how something was understood, so --quiet does not silence them.
  static func note(_ message: String) {
    write("note: \(message.oneLine)\n")
  }

  static func note(_ notes: [String]) {
    for line in notes { note(line) }
  }

  /// Says that pictures have no text, if the system has no font.
  static func noteMissingFont() {
    if let problem = Font.problem { note(problem) }
  }

  /// Writes text as it is, in place of a ``StatusLine``.
  static func write(_ text: String) {
    StatusLine.clear()
    // Results that came before are seen before; if they cannot be written, whoever writes next is told.
    try? StandardOutput.flush()
    _ = StandardStream.error.write(Array(text.utf8))
  }
}

/// What keeps a command from its work, and the remedy.
struct CommandError: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}

extension FileError {
  /// The error of work that goes on with a command once its cause is gone.
  func resumable(by command: String) -> FileError {
    FileError(path: path, reason: "\(reason); once that is put right, go on with: \(command)")
  }
}
