import ArgumentParser
import EfficientNetCompute
import EfficientNetSystem

/// Runs a command and turns its errors into one line and an exit code: 1 for a failure, 2 for a
/// wrong command line, 130 after Ctrl-C, 141 if its output is no longer read, 143 after
/// SIGTERM. With --json, the error is an object on standard output, too.
@main
enum Main {
  static func main() {
    StandardStream.openAll()
    Signals.note()
    Signals.useErrors()
    let code = run()
    StatusLine.clear()
    endProcess(code)
  }

  /// The first argument that is not UTF-8, repaired. A repaired path may name another file.
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
    do {
      return try runCommand()
    } catch let interruption as Interruption {
      StandardError.write("\(interruption.message.oneLine)\n")
      return interruption.exitCode
    } catch let error as FileError where error == StandardStream.noReader {
      return 141
    } catch {
      return failure(1, StandardError.text(of: error), kind: error.kind)
    }
  }

  /// - Throws: The error of the command.
  private static func runCommand() throws -> Int32 {
    let words = CommandWords(Array(CommandLine.arguments.dropFirst()))
    if let argument = unreadableArgument {
      return wrongUsage("the argument '\(argument)' is not UTF-8; rename the file", words)
    }
    if let problem = words.unknownCommand {
      return wrongUsage(problem, words)
    }
    do {
      var command = try Effnet.parseAsRoot()
      if let problem = words.repeatedOption { return wrongUsage(problem, words) }
      try Folder.checkCurrent()
      var code = ExitCode.success
      do { try command.run() } catch let failure as ExitCode { code = failure }
      return code.rawValue
    } catch {
      switch Effnet.exitCode(for: error) {
      case .success:
        try StandardOutput.print(Effnet.fullMessage(for: error))
        return 0
      case .validationFailure:
        return wrongUsage(
          words.unknownOption ?? words.repeatedOption ?? SimilarPath.unquotedProblem
            ?? Effnet.message(for: error), words)
      default: throw error
      }
    }
  }

  private static func wrongUsage(_ problem: String, _ words: CommandWords) -> Int32 {
    failure(2, "\(UsageProblem(problem: problem, helpCommand: words.helpCommand))", kind: "usage")
  }

  /// Reports an error, with --json also as an object. Returns the exit code.
  private static func failure(_ code: Int32, _ message: String, kind: String) -> Int32 {
    StandardError.report(message)
    if GivenOptions.names.contains("--json") {
      // The error may be that standard output cannot be written.
      try? StandardOutput.print(object: ["error": message, "kind": kind])
    }
    return code
  }
}
