import EfficientNetSystem

/// The user pressed Ctrl-C, or the system wants the process to end. Long work asks between two pieces and stops in
/// order; a second signal ends the process at once.
struct Interruption: Error {
  /// The exit code that shells expect: 130 for Ctrl-C.
  let exitCode: Int32

  /// Lets the signals end the process at once again: for work that leaves nothing behind, since its outputs have
  /// no name before they are whole.
  static func endAtOnce() {
    Signals.endAtOnce()
    if let current { endProcess(current.exitCode) }
  }

  /// The interruption that was asked for, if any.
  static var current: Interruption? {
    Signals.received.map { Interruption(exitCode: 128 + $0) }
  }

  /// Whether an interruption was asked for; says at the first one that it was heard.
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

  /// - Throws: ``Interruption`` if one was asked for.
  static func check() throws(Interruption) {
    if let current { throw current }
  }
}
