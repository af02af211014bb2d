import EfficientNetSystem

/// A request to stop: the user pressed Ctrl-C, or the system wants the process to end.
///
/// Long work checks for it between two steps and stops cleanly. A second signal ends the process at
/// once.
struct Interruption: Error {
  /// The exit code that shells expect: 130 for Ctrl-C.
  let exitCode: Int32

  /// Lets signals end the process at once, with the exit code of an interruption. Use it for work
  /// whose outputs get their names only when they are complete, so that nothing is left behind.
  static func endAtOnce() {
    Signals.endAtOnce()
    if let current { endProcess(current.exitCode) }
  }

  /// Lets signals end the process at once during work that cannot check for them.
  static func endAtOnce<Result>(during work: () throws -> Result) rethrows -> Result {
    endAtOnce()
    defer { Signals.note() }
    return try work()
  }

  /// The pending interruption, if any.
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
  static func check() throws(Interruption) {
    if let current { throw current }
  }
}
