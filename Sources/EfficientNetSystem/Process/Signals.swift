internal import Glibc
internal import Synchronization

/// Set by the signals' handler, which can reach nothing but a global: the signal's number, or 0.
private let receivedSignal = Atomic<Int32>(0)

/// The signals that ask this process to end: Ctrl-C's, the system's and the terminal's.
package enum Signals {
  private static let ofEnd = [SIGINT, SIGTERM, SIGHUP]

  /// The number of the signal that has come, if any.
  package static var received: Int32? {
    let number = receivedSignal.load(ordering: .relaxed)
    return number == 0 ? nil : number
  }

  /// Makes the signals requests: a first one is only noted, a second one ends the process.
  package static func note() {
    // Whoever started the process may have blocked them.
    var numbers = sigset_t()
    unsafe sigemptyset(&numbers)
    for number in ofEnd {
      // nohup has it ignored.
      if number == SIGHUP, isIgnored(number) { continue }
      unsafe sigaddset(&numbers, number)
      // Without SA_RESTART, so that waiting ends; a second signal has its usual effect.
      var action = sigaction()
      action.sa_flags = Int32(bitPattern: UInt32(SA_RESETHAND))
      action.__sigaction_handler.sa_handler = { receivedSignal.store($0, ordering: .relaxed) }
      unsafe sigaction(number, &action, nil)
    }
    unsafe sigprocmask(SIG_UNBLOCK, &numbers, nil)
  }

  /// Lets the signals end the process at once again.
  package static func endAtOnce() {
    for number in ofEnd where !isIgnored(number) { signal(number, SIG_DFL) }
  }

  /// Makes a file that grows beyond the limit of the shell an error of its own, and exit codes of children known where
  /// a parent ignores SIGCHLD.
  package static func useErrors() {
    signal(SIGXFSZ, SIG_IGN)
    signal(SIGCHLD, SIG_DFL)
  }

  private static func isIgnored(_ number: Int32) -> Bool {
    var action = sigaction()
    unsafe sigaction(number, nil, &action)
    // SIG_IGN is the number 1 in place of a function.
    return unsafe unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == 1
  }
}

/// Ends the process.
package func endProcess(_ code: Int32) -> Never { exit(code) }
