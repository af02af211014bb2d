internal import Glibc
internal import Synchronization

/// The number of the received signal, or 0. The signal handler sets it; a handler can access only
/// globals.
private let receivedSignal = Atomic<Int32>(0)
/// The address of the message of ``Signals/endAtOnce(saying:)``, which ends in a zero byte.
private let lastWords = Atomic<UInt>(0)

/// The signals that ask this process to end: SIGINT (Ctrl-C), SIGTERM and SIGHUP.
package enum Signals {
  private static let ofEnd = [SIGINT, SIGTERM, SIGHUP]

  package static var received: Int32? {
    let number = receivedSignal.load(ordering: .relaxed)
    return number == 0 ? nil : number
  }

  /// Installs a handler: the first signal is only recorded, the second ends the process.
  package static func note() {
    // The parent process may have blocked the signals.
    var numbers = sigset_t()
    unsafe sigemptyset(&numbers)
    for number in ofEnd {
      // nohup ignores SIGHUP, which then stays ignored.
      if number == SIGHUP, isIgnored(number) { continue }
      unsafe sigaddset(&numbers, number)
      // Without SA_RESTART, a signal ends waiting calls. SA_RESETHAND restores the default action
      // for a second signal.
      var action = sigaction()
      action.sa_flags = Int32(bitPattern: UInt32(SA_RESETHAND))
      action.__sigaction_handler.sa_handler = { receivedSignal.store($0, ordering: .relaxed) }
      unsafe sigaction(number, &action, nil)
    }
    unsafe sigprocmask(SIG_UNBLOCK, &numbers, nil)
  }

  /// Lets the signals end the process at once, with 128 plus the signal's number as exit code, until
  /// ``note()`` is called.
  ///
  /// - Parameter message: Text for standard error, with a line break at its end.
  package static func endAtOnce(saying message: StaticString) {
    unsafe lastWords.store(UInt(bitPattern: message.utf8Start), ordering: .relaxed)
    for number in ofEnd where !isIgnored(number) {
      // A handler may not call exit, which runs other code.
      signal(number) { number in
        // A closed or full standard error must not change how the process ends.
        signal(SIGPIPE, SIG_IGN)
        var output = pollfd(fd: STDERR_FILENO, events: Int16(POLLOUT), revents: 0)
        guard unsafe poll(&output, 1, 0) == 1 else { _exit(128 + number) }
        if let words = unsafe UnsafePointer<CChar>(bitPattern: lastWords.load(ordering: .relaxed)) {
          // The message gets a line of its own below the progress.
          if isatty(STDERR_FILENO) == 1 { unsafe write(STDERR_FILENO, "\n", 1) }
          unsafe write(STDERR_FILENO, words, strlen(words))
        }
        _exit(128 + number)
      }
    }
  }

  /// Turns two signals into errors: writing a file beyond the shell's size limit returns an error,
  /// and exit codes of child processes are available even if the parent ignores SIGCHLD.
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

package func endProcess(_ code: Int32) -> Never { exit(code) }
