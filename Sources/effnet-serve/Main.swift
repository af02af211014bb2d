import ArgumentParser
import EfficientNet
import EfficientNetServing
import EfficientNetSystem
import Foundation

/// The program of `effnet serve`. Exit codes: 0 after a signal to end, 1 for a failure, 2 for a wrong
/// command line.
@main
enum Main {
  static func main() async {
    StandardStream.openAll()
    Signals.useErrors()
    // A log whose reader is gone is not the end of the server.
    signal(SIGPIPE, SIG_IGN)
    let signals = signals([SIGTERM, SIGINT, SIGHUP])
    let command: ServeCommand
    do { command = try ServeCommand.parse() } catch {
      let text = ServeCommand.fullMessage(for: error)
      // Help is no error.
      guard ServeCommand.exitCode(for: error).isSuccess else {
        write("\(text)\n", to: .error)
        endProcess(2)
      }
      write("\(text)\n", to: .output)
      endProcess(0)
    }
    do {
      if command.check {
        try await HealthCheck.run(host: command.host, port: command.port)
      } else {
        try await Service(command).run(until: signals)
      }
    } catch {
      write("effnet serve: \("\(error)".oneLine)\n", to: .error)
      endProcess(1)
    }
    endProcess(0)
  }

  static func write(_ text: String, to stream: StandardStream) {
    _ = stream.write(Array(text.utf8))
  }
}
