import ArgumentParser
import Glibc

/// Runs a command and turns its errors into a line and an exit code: 1 for what failed, 2 for a wrong command
/// line, 130 after Ctrl-C.
@main
enum Main {
  static func main() {
    openStandardStreams()
    Interruption.install()
    // A file that grows beyond the limit of the shell is then an error of its own.
    signal(SIGXFSZ, SIG_IGN)
    // A parent may ignore SIGCHLD; waitpid then returns no exit codes.
    signal(SIGCHLD, SIG_DFL)
    exit(run())
  }

  /// Puts /dev/null where the caller closed a standard stream, so that no file gets its number. It is opened for
  /// the wrong direction: results that cannot be written are still an error.
  private static func openStandardStreams() {
    for descriptor in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO]
    where fcntl(descriptor, F_GETFD) < 0 {
      _ = open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY)
    }
  }

  /// The first argument that is not UTF-8, repaired: as it is, it might name another file.
  private static var unreadableArgument: String? {
    for index in 0..<Int(CommandLine.argc) {
      guard let argument = unsafe CommandLine.unsafeArgv[index] else { continue }
      if unsafe String(validatingCString: argument) == nil {
        return unsafe String(cString: argument)
      }
    }
    return nil
  }

  private static func run() -> Int32 {
    let words = CommandWords(Array(CommandLine.arguments.dropFirst()))
    if let argument = unreadableArgument {
      return wrongUsage("the argument '\(argument)' is not UTF-8; rename the file", words)
    }
    if let problem = words.unknownCommand {
      return wrongUsage(problem, words)
    }
    do {
      var command = try Effnet.parseAsRoot()
      do {
        try command.run()
      } catch let code as ExitCode {
        try StandardOutput.flush()
        return code.rawValue
      }
      try StandardOutput.flush()
      return 0
    } catch let interruption as Interruption {
      // What was done is not lost.
      try? StandardOutput.flush()
      return interruption.exitCode
    } catch {
      switch Effnet.exitCode(for: error) {
      case .success:
        try? StandardOutput.print(Effnet.fullMessage(for: error))
        try? StandardOutput.flush()
        return 0
      case .validationFailure:
        return wrongUsage(words.unknownOption ?? Effnet.message(for: error), words)
      default:
        StandardError.report("\(error)")
        return 1
      }
    }
  }

  private static func wrongUsage(_ problem: String, _ words: CommandWords) -> Int32 {
    StandardError.report("\(problem); see '\(words.helpCommand)'")
    return 2
  }
}
