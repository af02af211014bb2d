import Glibc
import Synchronization

/// Set by the signals' handler, which can reach nothing but a global: the signal's number, or 0.
private let receivedSignal = Atomic<Int32>(0)

/// The user pressed Ctrl-C, or the system wants the process to end. Long work asks between two pieces and stops in
/// order; a second signal ends the process at once.
struct Interruption: Error {
  /// The exit code that shells expect: 130 for Ctrl-C.
  let exitCode: Int32

  /// Makes the signals requests.
  static func install() {
    // Whoever started the process may have blocked them.
    var numbers = sigset_t()
    sigemptyset(&numbers)
    for number in [SIGINT, SIGTERM, SIGHUP] {
      // nohup has it ignored.
      if number == SIGHUP, isIgnored(number) { continue }
      sigaddset(&numbers, number)
      // Without SA_RESTART, so that waiting ends; a second signal has its usual effect.
      var action = sigaction()
      action.sa_flags = Int32(bitPattern: UInt32(SA_RESETHAND))
      action.__sigaction_handler.sa_handler = { receivedSignal.store($0, ordering: .relaxed) }
      sigaction(number, &action, nil)
    }
    sigprocmask(SIG_UNBLOCK, &numbers, nil)
  }

  /// Lets the signals end the process at once again: for work that leaves nothing behind, since its outputs have
  /// no name before they are whole.
  static func endAtOnce() {
    for number in [SIGINT, SIGTERM, SIGHUP] where !isIgnored(number) {
      signal(number, SIG_DFL)
    }
    if let current { exit(current.exitCode) }
  }

  private static func isIgnored(_ number: Int32) -> Bool {
    var action = sigaction()
    sigaction(number, nil, &action)
    // SIG_IGN is the number 1 in place of a function.
    return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == 1
  }

  /// The interruption that was asked for, if any.
  static var current: Interruption? {
    let number = receivedSignal.load(ordering: .relaxed)
    return number == 0 ? nil : Interruption(exitCode: 128 + number)
  }

  /// Whether an interruption was asked for; says at the first one that it was heard.
  static func announced() -> () -> Bool {
    var isAnnounced = false
    return {
      guard current != nil else { return false }
      if !isAnnounced {
        // Behind the line that says how far training is.
        StandardError.write(
          (StandardError.isTerminal ? "\n" : "")
            + "stopping after this step; a second Ctrl-C ends at once, without a checkpoint\n")
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
