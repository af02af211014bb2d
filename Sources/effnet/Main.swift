#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

#if Tools
  import ArgumentParser

  /// Runs a command and turns its errors into a line and an exit code: 1 for what failed, 2 for a wrong command
  /// line, 130 after Ctrl-C.
  @main
  enum Main {
    static func main() {
      Interruption.install()
      do {
        var command = try Effnet.parseAsRoot()
        try command.run()
      } catch let code as ExitCode {
        exit(code.rawValue)
      } catch is Interruption {
        exit(130)
      } catch {
        let message = Effnet.fullMessage(for: error)
        switch Effnet.exitCode(for: error) {
        case .success:
          print(message)
        case .validationFailure:
          StandardError.write(message + "\n")
          exit(2)
        default:
          // What Ctrl-C broke, a download for instance, is no failure to report.
          if Interruption.isRequested { exit(130) }
          StandardError.write("effnet: \(error)\n")
          exit(1)
        }
      }
    }
  }
#else
  @main
  enum Main {
    static func main() {
      fputs("effnet: this build has no commands; build the package with the trait Tools\n", stderr)
      exit(1)
    }
  }
#endif
