import EfficientNet
import EfficientNetCompute
import EfficientNetImages
import EfficientNetReports
import EfficientNetTraining

/// Standard error, for messages and progress. Results go to standard output.
enum StandardError {
  /// Writes one line, for instance "effnet: notes.jpg is not a JPEG, PNG or WebP picture".
  static func report(_ message: String) {
    write("effnet: \(message.oneLine)\n")
  }

  /// Writes an error in one line, as ``text(of:)`` words it.
  static func report(_ error: any Error) { report(text(of: error)) }

  /// Returns the message of a library's error with the options that its remedy needs, or with the
  /// existing path that a missing one may mean.
  static func text(of error: any Error) -> String {
    switch error {
    case let error as ArchitectureError where error.refusesPhotos:
      "\(error); 'effnet run' takes arrays with any number of channels"
    case ImageError.tooManyPixels: "\(error) or raise the limit with --max-pixels"
    case ImageError.otherFormat(_, let format):
      "\(error)"
        + (ForeignFormat(rawValue: format).map {
          " with \($0.converter); \(ForeignFormat.conversionAdvice)"
        } ?? "")
    #if !EFFNET_WEBP
      case ImageError.unsupported(_, "WebP", _): "\(error), or build effnet with the trait WebP"
    #endif
    case TrainingError.memory: "\(error) (--batch, --accumulate, --resolution)"
    case TrainingError.diverged: "\(error) (--lr, --clip)"
    case DataError.limit:
      "\(error) (\(GivenOptions.names.first { $0 == "--limit-training" } ?? "--limit"))"
    case DataError.unknownClasses:
      "\(error); the folders of the photos need these names: rename them, or give the network's "
        + "classes other names with --labels, one per line; for unsorted photos use 'effnet classify'"
    case TrainingError.broken: "\(error) with --broken"
    case TrainingError.noRate: "\(error) ('effnet augment' shows them)"
    default: "\(error)\(SimilarPath.advice(for: error))"
    }
  }

  /// Writes a note in one line, for instance "note: 2 files left out: 1 HEIC, 1 .txt; …".
  ///
  /// Notes tell what was left out or assumed, so --quiet does not suppress them.
  static func note(_ message: String) {
    write("note: \(message.oneLine)\n")
  }

  static func note(_ notes: [String]) {
    for line in notes { note(line) }
  }

  /// Notes that pictures have no text, if the system has no font.
  static func noteMissingFont() {
    if let problem = Font.problem { note(problem) }
  }

  /// Writes text unchanged, after it removes the ``StatusLine``.
  static func write(_ text: String) {
    StatusLine.clear()
    _ = StandardStream.error.write(Array(text.utf8))
  }
}

/// An error of a command, with its remedy.
struct CommandError: Error, CustomStringConvertible {
  let description: String
  /// The kind in one word.
  let kind: String

  init(_ description: String, kind: String = "other") {
    (self.description, self.kind) = (description, kind)
  }
}

extension FileError {
  func resumable(by command: String) -> FileError {
    FileError(path: path, reason: "\(reason); fix this, then continue with: \(command)")
  }
}
