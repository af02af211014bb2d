import EfficientNetReports
import EfficientNetSystem

/// A request to stop: the user pressed Ctrl-C, or the system wants the process to end.
///
/// Long work checks for it between two steps and stops cleanly. A second signal ends the process at
/// once.
struct Interruption: Error {
  /// The exit code that shells expect: 130 for Ctrl-C.
  let exitCode: Int32
  /// The last line of the command on standard error: what was kept, and the command that continues.
  var message = "stopped; nothing was written"

  func saying(_ message: String) -> Interruption {
    Interruption(exitCode: exitCode, message: message)
  }

  /// Returns the interruption of work on photos, such as "stopped after 12 of 500 photos; their
  /// pictures are in explanations".
  ///
  /// - Parameter kept: What was kept, with a separator before it; not used without a finished photo.
  func after(_ done: Int, of photos: Int, kept: String = "") -> Interruption {
    guard done > 0 else { return saying("stopped before the first photo; nothing was written") }
    return saying("stopped after \(done.grouped) of \(photos.counted("photo", "photos"))\(kept)")
  }

  /// The message for ``endAtOnce(saying:)`` of work that writes several files, or keeps something
  /// for later runs.
  static let noUnfinishedFiles: StaticString = "stopped; unfinished files were not written\n"

  /// Lets signals end the process at once, with the exit code of an interruption and a message. Use
  /// it for work whose outputs get their names only when they are complete, so that nothing is left
  /// behind.
  ///
  /// - Parameter message: The message, with a line break at its end. The standard one is for work
  ///   that writes nothing before its end.
  static func endAtOnce(saying message: StaticString = "stopped; nothing was written\n") {
    Signals.endAtOnce(saying: message)
    if let current {
      StandardError.write("\(message)")
      endProcess(current.exitCode)
    }
  }

  /// Lets signals end the process at once during work that cannot check for them.
  static func endAtOnce<Result>(during work: () throws -> Result) rethrows -> Result {
    endAtOnce()
    defer { Signals.note() }
    return try work()
  }

  static var current: Interruption? {
    Signals.received.map { Interruption(exitCode: 128 + $0) }
  }

  /// Returns a closure that returns whether an interruption is pending, and prints a message at the
  /// first.
  static func announced() -> () -> Bool {
    var isAnnounced = false
    return {
      guard current != nil else { return false }
      if !isAnnounced {
        StandardError.write(
          "\nstopping after this step; a second Ctrl-C ends at once, without a checkpoint\n")
      }
      isAnnounced = true
      return true
    }
  }

  /// Throws the pending interruption, if any.
  ///
  /// - Parameter command: The command that continues the work; nil if nothing was written.
  static func check(toContinue command: String? = nil) throws(Interruption) {
    guard let current else { return }
    throw command.map { current.saying("stopped; to continue: \($0)") } ?? current
  }
}
