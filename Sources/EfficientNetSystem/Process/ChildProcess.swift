internal import CGlibc
internal import Glibc

/// A program that runs while this process waits, in the same process group: Ctrl-C in the terminal
/// ends both.
///
/// Its current folder is new and writable only by this user, so it finds no programs, modules or
/// settings that somebody else placed in this process's current folder.
package struct ChildProcess: Sendable {
  /// The exit status, or 128 plus the signal's number, as in shells.
  package let status: Int
  /// The last 64 KB of its standard error.
  package let errors: String

  /// An error for a program that could not run, or whose exit status is unknown.
  package struct Failure: Error, CustomStringConvertible {
    /// The error in one line, for instance "cannot run 'curl': Permission denied".
    package let description: String
    /// Whether the program does not exist.
    package var isMissing = false

    fileprivate init(_ description: String) { self.description = description }

    fileprivate init(_ program: String, code: Int32) {
      description = "cannot run '\(program)': \(unsafe String(cString: strerror(code)))"
      isMissing = code == ENOENT
    }
  }

  /// Runs a program until it ends. The absolute folders in PATH are searched for it.
  ///
  /// - Parameters:
  ///   - program: The name or path. A relative path refers to this process's current folder, as
  ///     does a relative path in one of `pathVariables`. Paths in `arguments` must be absolute.
  ///   - input: The text for its standard input.
  ///   - isCancelled: Called at least ten times per second; if it returns true, the program gets
  ///     SIGTERM.
  ///   - output: Called with its standard output, in pieces; if it returns false, the program gets
  ///     SIGTERM.
  package static func run(
    _ program: String, _ arguments: [String], input: String = "", environment: [String: String],
    isCancelled: () -> Bool, output: (ArraySlice<UInt8>) -> Bool = { _ in true }
  ) throws(Failure) -> ChildProcess {
    let folder = try makeFolder()
    defer { Folder.remove(folder) }
    // These descriptors are closed in other programs that another thread starts meanwhile.
    var ends: [Int32] = [-1, -1]
    guard pipe2(&ends, O_CLOEXEC) == 0 else { throw Failure(program, code: errno) }
    defer { close(ends[0]) }
    let files = (input: memfd_create("input", 1), errors: memfd_create("errors", 1))
    defer { for file in [files.input, files.errors] { close(file) } }
    let bytes = Array(input.utf8)
    let started = Result { () throws(Failure) in
      guard files.errors >= 0, pwrite(files.input, bytes, bytes.count, 0) == bytes.count else {
        throw Failure(program, code: errno)
      }
      return try spawn(
        program, arguments, environment, in: folder, [files.input, ends[1], files.errors])
    }
    close(ends[1])
    let child = try started.get()

    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      var state = pollfd(fd: ends[0], events: Int16(POLLIN), revents: 0)
      let isReady = poll(&state, 1, 100) > 0
      if isCancelled() { kill(child, SIGTERM) }
      guard isReady else { continue }
      let count = read(ends[0], &chunk, chunk.count)
      if count == 0 || count < 0 && errno != EINTR { break }
      if count > 0, !output(chunk[..<count]) { kill(child, SIGTERM) }
    }
    var status: Int32 = 0
    while waitpid(child, &status, 0) < 0 {
      guard errno == EINTR else {
        throw Failure(
          "the system does not report how '\(program)' ended: SIGCHLD must not be ignored")
      }
    }
    let length = lseek(files.errors, 0, SEEK_END)
    let count = pread(files.errors, &chunk, chunk.count, max(0, length - off_t(chunk.count)))
    let signal = status & 0x7F
    return ChildProcess(
      status: signal == 0 ? Int(status >> 8 & 0xFF) : 128 + Int(signal),
      errors: String(decoding: chunk.prefix(max(count, 0)), as: UTF8.self))
  }

  /// Creates an empty folder that only this user may access.
  private static func makeFolder() throws(Failure) -> String {
    let parent = environmentVariable("TMPDIR").flatMap { $0.isEmpty ? nil : $0 } ?? "/tmp"
    var path = Array("\(Folder.absolute(parent))/effnet-XXXXXX".utf8CString)
    guard unsafe mkdtemp(&path) != nil else {
      let error = FileError(path: parent, code: errno)
      throw Failure("\(error); set TMPDIR to another folder")
    }
    return String(decoding: path.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// The environment variables in which curl, OpenSSL, pip and Python expect a single path.
  private static let pathVariables = [
    "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "PIP_CERT",
    "PIP_CLIENT_CERT", "PIP_CONFIG_FILE", "PIP_CACHE_DIR", "PIP_FIND_LINKS", "PIP_CONSTRAINT",
    "NETRC", "TMPDIR",
  ]

  /// Starts the program with the given standard streams and returns its process ID.
  private static func spawn(
    _ program: String, _ arguments: [String], _ environment: [String: String],
    in folder: String, _ streams: [Int32]
  ) throws(Failure) -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    // The folder is changed before the program is searched for, so that a relative entry in PATH
    // finds nothing in the previous folder.
    posix_spawn_file_actions_addchdir_np(&actions, folder)
    for (number, stream) in zip(Int32(0)..., streams) {
      posix_spawn_file_actions_adddup2(&actions, stream, number)
    }
    // A signal that this process ignores or blocks would stay ignored or blocked in the child.
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

    let variables = environment.map { name, value in
      // A value that is not an existing path may be a URL or a list, so it is not changed.
      let isPath = pathVariables.contains(name) && !value.isEmpty && access(value, F_OK) == 0
      return "\(name)=\(isPath ? Folder.absolute(value) : value)"
    }
    var argv = unsafe ([program] + arguments).map { unsafe strdup($0) } + [nil]
    var envp = unsafe variables.map { unsafe strdup($0) } + [nil]
    defer { unsafe (argv + envp).forEach { unsafe free($0) } }
    var child: pid_t = 0
    let path = program.utf8.contains(UInt8(ascii: "/")) ? Folder.absolute(program) : program
    let code = unsafe posix_spawnp(&child, path, &actions, &attributes, &argv, &envp)
    guard code == 0 else { throw Failure(program, code: code) }
    return child
  }
}

/// Returns whether a process with this ID runs.
package func isProcess(_ id: Int32) -> Bool { id > 0 && (kill(id, 0) == 0 || errno != ESRCH) }
