import Synchronization

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Set by the signal's handler, which can reach nothing but a global.
private let interruptionRequest = Atomic<Bool>(false)

/// The user pressed Ctrl-C. Long work asks between two pieces and stops in order; a second Ctrl-C ends the
/// process at once.
struct Interruption: Error {
  /// Makes Ctrl-C a request.
  static func install() {
    signal(SIGINT) { _ in
      interruptionRequest.store(true, ordering: .relaxed)
      signal(SIGINT, SIG_DFL)
    }
  }

  /// Whether it was pressed.
  static var isRequested: Bool { interruptionRequest.load(ordering: .relaxed) }

  /// - Throws: ``Interruption`` if it was pressed.
  static func check() throws(Interruption) {
    if isRequested { throw Interruption() }
  }
}
