#if Tools
  #if canImport(Darwin)
    internal import Darwin
    internal import Foundation
  #else
    internal import FoundationEssentials
    internal import Glibc
  #endif

  /// A program that runs while we wait, in our own process group: Ctrl-C in the terminal ends both.
  ///
  /// Foundation's `Process` gives a child a process group of its own on Linux, so that Ctrl-C would
  /// leave it running.
  struct ChildProcess {
    /// The exit status, or 128 and the signal's number, as shells count.
    var status: Int
    /// The last 64 KB of what it wrote to the standard error; its standard output is dropped.
    var errors: String

    /// Why a program was not started: a value of `errno`.
    struct StartError: Error {
      let code: Int32
    }

    private static let keptBytes = 1 << 16

    /// Runs a program, found by PATH, to its end.
    ///
    /// - Parameter isCancelled: Is asked ten times a second; once it says yes, the program is told to end.
    /// - Throws: ``StartError`` if it cannot be started.
    static func run(
      _ program: String, _ arguments: [String], isCancelled: () -> Bool = { false }
    ) throws(StartError) -> ChildProcess {
      var ends: [Int32] = [-1, -1]
      guard pipe(&ends) == 0 else { throw StartError(code: errno) }
      _ = fcntl(ends[0], F_SETFD, FD_CLOEXEC)
      _ = fcntl(ends[1], F_SETFD, FD_CLOEXEC)
      defer { close(ends[0]) }
      let child: pid_t
      do {
        defer { close(ends[1]) }
        child = try spawn(program, arguments, standardError: ends[1])
      }
      let errors = readToEnd(ends[0]) {
        if isCancelled() { kill(child, SIGTERM) }
      }
      var status: Int32 = 0
      while waitpid(child, &status, 0) < 0 && errno == EINTR {}
      let signal = status & 0x7F
      return ChildProcess(
        status: signal == 0 ? Int(status >> 8 & 0xFF) : 128 + Int(signal), errors: errors)
    }

    /// Starts the program and returns its id.
    private static func spawn(
      _ program: String, _ arguments: [String], standardError: Int32
    ) throws(StartError) -> pid_t {
      var files = posix_spawn_file_actions_t()
      posix_spawn_file_actions_init(&files)
      defer { posix_spawn_file_actions_destroy(&files) }
      posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0)
      posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0)
      posix_spawn_file_actions_adddup2(&files, standardError, 2)

      // A signal that we ignore or block would stay ignored or blocked in the child.
      var attributes = posix_spawnattr_t()
      posix_spawnattr_init(&attributes)
      defer { posix_spawnattr_destroy(&attributes) }
      var signals = sigset_t()
      sigemptyset(&signals)
      posix_spawnattr_setsigmask(&attributes, &signals)
      for signal in [SIGINT, SIGTERM, SIGQUIT, SIGPIPE] { sigaddset(&signals, signal) }
      posix_spawnattr_setsigdefault(&attributes, &signals)
      posix_spawnattr_setflags(
        &attributes, Int16(POSIX_SPAWN_SETSIGDEF) | Int16(POSIX_SPAWN_SETSIGMASK))

      let environment = ProcessInfo.processInfo.environment.map { "\($0.key)=\($0.value)" }
      var argv = unsafe ([program] + arguments).map { unsafe strdup($0) } + [nil]
      var envp = unsafe environment.map { unsafe strdup($0) } + [nil]
      defer { unsafe (argv + envp).forEach { unsafe free($0) } }
      var child: pid_t = 0
      let code = unsafe posix_spawnp(&child, program, &files, &attributes, &argv, &envp)
      guard code == 0 else { throw StartError(code: code) }
      return child
    }

    /// What the program writes, to its end; `whileWaiting` is called ten times a second.
    private static func readToEnd(_ descriptor: Int32, whileWaiting: () -> Void) -> String {
      var kept: [UInt8] = []
      var chunk = [UInt8](repeating: 0, count: 4096)
      while true {
        var state = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        let ready = poll(&state, 1, 100)
        whileWaiting()
        if ready == 0 || ready < 0 && errno == EINTR { continue }
        let count = read(descriptor, &chunk, chunk.count)
        if count < 0 && errno == EINTR { continue }
        guard count > 0 else { break }
        kept += chunk[..<count]
        if kept.count > 2 * keptBytes { kept.removeFirst(kept.count - keptBytes) }
      }
      return String(decoding: kept.suffix(keptBytes), as: UTF8.self)
    }
  }
#endif
