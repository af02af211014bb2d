#if Tools
  internal import CSpawn
  internal import EfficientNetCompute
  internal import FoundationEssentials
  internal import Glibc
  internal import Synchronization

  /// A program that runs while we wait, in our own process group: Ctrl-C in the terminal ends both.
  ///
  /// Its current folder is a new one that only this user may write to, so that it finds no programs, modules or
  /// settings that somebody put into ours.
  ///
  /// Foundation's `Process` gives a child a process group of its own on Linux, so that Ctrl-C would
  /// leave it running.
  struct ChildProcess {
    /// The exit status, or 128 and the signal's number, as shells count.
    var status: Int
    /// The last 64 KB of what it wrote to the standard error.
    var errors: String

    /// Why a program did not run, or how it ended is not known.
    enum Failure: Error, CustomStringConvertible {
      /// There is no such program.
      case notFound(String)
      /// The system would not start it: a value of `errno`.
      case notStarted(String, code: Int32)
      /// The folder in which it would run cannot be made.
      case folder(FileError)
      /// The system does not tell how it ended, since this process ignores SIGCHLD.
      case unknownStatus(String)

      /// For instance "cannot run 'curl': Permission denied".
      var description: String {
        switch self {
        case .notFound(let program): "there is no '\(program)'"
        case .notStarted(let program, let code):
          "cannot run '\(program)': \(unsafe String(cString: strerror(code)))"
        case .folder(let error): "\(error); TMPDIR can name another folder"
        case .unknownStatus(let program):
          "the system does not tell how '\(program)' ended: SIGCHLD must not be ignored"
        }
      }
    }

    private static let keptBytes = 1 << 16

    /// Runs a program, found by the absolute folders in PATH, to its end.
    ///
    /// - Parameters:
    ///   - program: Its name or path. A relative path begins in our current folder; so does a path in one of
    ///     ``pathVariables``. Paths in `arguments` must be absolute.
    ///   - input: What it reads from the standard input.
    ///   - environment: Its environment; our own by default.
    ///   - isCancelled: Is asked ten times a second or more; once it says yes, the program is told to end.
    ///   - output: Is given what it writes to the standard output, in pieces; once it says no, the program is told
    ///     to end. They are dropped by default.
    /// - Throws: ``Failure``.
    static func run(
      _ program: String, _ arguments: [String], input: String = "",
      environment: [String: String] = ProcessInfo.processInfo.environment,
      isCancelled: () -> Bool = { false }, output: (ArraySlice<UInt8>) -> Bool = { _ in true }
    ) throws(Failure) -> ChildProcess {
      let folder = try makeFolder()
      defer { try? FileManager.default.removeItem(atPath: folder) }
      var standardInput = try Pipe(for: program)
      defer { standardInput.close() }
      var standardOutput = try Pipe(for: program)
      defer { standardOutput.close() }
      var standardError = try Pipe(for: program)
      defer { standardError.close() }
      let child = try spawn(
        program, arguments, withAbsolutePaths(environment), in: folder,
        [
          input.isEmpty ? nil : standardInput.readEnd,
          standardOutput.writeEnd, standardError.writeEnd,
        ])
      standardOutput.closeWriteEnd()
      standardError.closeWriteEnd()

      var unwritten = Array(input.utf8)[...]
      // We keep the end that the program reads from until all is written: without a reader, SIGPIPE would end us.
      _ = fcntl(standardInput.writeEnd, F_SETFL, O_NONBLOCK)
      if unwritten.isEmpty { standardInput.close() }
      var errors: [UInt8] = []
      var chunk = [UInt8](repeating: 0, count: 1 << 16)
      while standardOutput.isOpen || standardError.isOpen {
        // A negative descriptor is skipped.
        var states = [
          pollfd(fd: standardInput.writeEnd, events: Int16(POLLOUT), revents: 0),
          pollfd(fd: standardOutput.readEnd, events: Int16(POLLIN), revents: 0),
          pollfd(fd: standardError.readEnd, events: Int16(POLLIN), revents: 0),
        ]
        let ready = poll(&states, nfds_t(states.count), 100)
        if isCancelled() { kill(child, SIGTERM) }
        guard ready > 0 else { continue }
        if states[0].revents != 0 {
          let count = unwritten.withUnsafeBytes { bytes in
            unsafe write(standardInput.writeEnd, bytes.baseAddress, bytes.count)
          }
          unwritten = unwritten.dropFirst(max(count, 0))
          if unwritten.isEmpty { standardInput.close() }
        }
        if states[1].revents != 0, let bytes = standardOutput.read(&chunk), !output(bytes) {
          kill(child, SIGTERM)
        }
        if states[2].revents != 0, let bytes = standardError.read(&chunk) {
          errors += bytes
          if errors.count > 2 * keptBytes { errors.removeFirst(errors.count - keptBytes) }
        }
      }
      var status: Int32 = 0
      while waitpid(child, &status, 0) < 0 {
        guard errno == EINTR else { throw .unknownStatus(program) }
      }
      let signal = status & 0x7F
      return ChildProcess(
        status: signal == 0 ? Int(status >> 8 & 0xFF) : 128 + Int(signal),
        errors: String(decoding: errors.suffix(keptBytes), as: UTF8.self))
    }

    /// Makes an empty folder that only this user may use.
    private static func makeFolder() throws(Failure) -> String {
      let parent = ProcessInfo.processInfo.environment["TMPDIR"].flatMap { $0.isEmpty ? nil : $0 }
      var path = Array("\(absolute(parent ?? "/tmp"))/effnet-XXXXXX".utf8CString)
      guard unsafe mkdtemp(&path) != nil else {
        throw .folder(FileError(path: parent ?? "/tmp", code: errno))
      }
      return String(decoding: path.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// A path that means the same in another folder.
    static func absolute(_ path: String) -> String {
      path.hasPrefix("/") ? path : "\(Folder.current)/\(path)"
    }

    /// Variables in which curl, OpenSSL, pip and Python expect one path.
    private static let pathVariables = [
      "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "PIP_CERT",
      "PIP_CLIENT_CERT", "PIP_CONFIG_FILE", "PIP_CACHE_DIR", "PIP_FIND_LINKS", "PIP_CONSTRAINT",
      "NETRC", "TMPDIR",
    ]

    /// An environment that means the same in another folder.
    private static func withAbsolutePaths(_ environment: [String: String]) -> [String: String] {
      var environment = environment
      for name in pathVariables {
        // A value that is not an existing path may be a URL or a list.
        if let path = environment[name], !path.isEmpty, access(path, F_OK) == 0 {
          environment[name] = absolute(path)
        }
      }
      return environment
    }

    /// Starts the program with these standard streams, /dev/null where there is none, and returns its id.
    private static func spawn(
      _ program: String, _ arguments: [String], _ environment: [String: String],
      in folder: String, _ streams: [Int32?]
    ) throws(Failure) -> pid_t {
      var files = posix_spawn_file_actions_t()
      posix_spawn_file_actions_init(&files)
      defer { posix_spawn_file_actions_destroy(&files) }
      // Before the program is looked for, so that PATH means no folder of somebody else's.
      let failure = posix_spawn_file_actions_addchdir_np(&files, folder)
      guard failure == 0 else { throw .notStarted(program, code: failure) }
      for (number, stream) in zip(Int32(0)..., streams) {
        if let stream {
          posix_spawn_file_actions_adddup2(&files, stream, number)
        } else {
          posix_spawn_file_actions_addopen(
            &files, number, "/dev/null", number == 0 ? O_RDONLY : O_WRONLY, 0)
        }
      }

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

      let environment = environment.map { "\($0.key)=\($0.value)" }
      var argv = unsafe ([program] + arguments).map { unsafe strdup($0) } + [nil]
      var envp = unsafe environment.map { unsafe strdup($0) } + [nil]
      defer { unsafe (argv + envp).forEach { unsafe free($0) } }
      var child: pid_t = 0
      let path = program.contains("/") ? absolute(program) : program
      let code = starting.withLock { _ in
        unsafe posix_spawnp(&child, path, &files, &attributes, &argv, &envp)
      }
      switch code {
      case 0: return child
      case ENOENT: throw .notFound(program)
      default: throw .notStarted(program, code: code)
      }
    }
  }

  /// Held while a pipe is made and while a program is started: one that another thread started in between would
  /// inherit the pipe and hold it open.
  private let starting = Mutex<Void>(())

  /// A pipe whose ends no other program inherits; an end that was closed is negative.
  private struct Pipe {
    private(set) var readEnd: Int32
    private(set) var writeEnd: Int32

    init(for program: String) throws(ChildProcess.Failure) {
      var ends: [Int32] = [-1, -1]
      let failure = starting.withLock { _ -> Int32 in
        guard pipe(&ends) == 0 else { return errno }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return 0
      }
      guard failure == 0 else { throw .notStarted(program, code: failure) }
      (readEnd, writeEnd) = (ends[0], ends[1])
    }

    /// Whether there may be more to read.
    var isOpen: Bool { readEnd >= 0 }

    /// What is there to read, or nil; closes the pipe at its end.
    mutating func read(_ chunk: inout [UInt8]) -> ArraySlice<UInt8>? {
      let count = readNext(readEnd, &chunk)
      if count > 0 { return chunk[..<count] }
      if count == 0 || errno != EINTR { close() }
      return nil
    }

    mutating func closeWriteEnd() {
      if writeEnd >= 0 { closeDescriptor(writeEnd) }
      writeEnd = -1
    }

    mutating func close() {
      closeWriteEnd()
      if readEnd >= 0 { closeDescriptor(readEnd) }
      readEnd = -1
    }
  }

  /// The system's `read`, which inside ``Pipe`` is hidden by a method.
  private func readNext(_ descriptor: Int32, _ chunk: inout [UInt8]) -> Int {
    read(descriptor, &chunk, chunk.count)
  }

  /// The system's `close`, likewise.
  private func closeDescriptor(_ descriptor: Int32) {
    close(descriptor)
  }
#endif
