import ArgumentParser
import EfficientNetSystem

/// Runs the program effnet-serve, which is installed beside this one: a server links a network
/// library, which would slow down the start of every other command.
struct ServeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve",
    abstract: "Answer requests over HTTP: classes, features, heat maps and similar photos.",
    discussion: """
      Examples:
        effnet serve                 # lite0 on http://127.0.0.1:8080
        effnet serve --help          # all options
      """,
    helpNames: [])

  @Argument(parsing: .captureForPassthrough) var options: [String] = []

  func run() throws {
    let own = "/proc/self/exe"
    try replaceProcess(
      with: "\(Folder.parent(of: Folder.resolved(own) ?? own))/effnet-serve", options)
  }
}
