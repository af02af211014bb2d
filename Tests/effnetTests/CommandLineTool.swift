import EfficientNet
import EfficientNetTestSupport
import Foundation

/// Runs the built command as a user does.
enum CommandLineTool {
  struct Output {
    let status: Int32
    let standardOutput: String
    let standardError: String
    var lines: [Substring] { standardOutput.split(separator: "\n") }
    /// Whether standard error has only notes, which --quiet keeps.
    var hasOnlyNotes: Bool {
      standardError.split(separator: "\n").allSatisfy { $0.hasPrefix("note: ") }
    }

    /// Decodes standard output.
    func json<Value: Decodable>(_ type: Value.Type) throws -> Value {
      try JSONDecoder().decode(type, from: Data(standardOutput.utf8))
    }

    /// Decodes each line of standard output.
    func jsonLines<Value: Decodable>(_ type: Value.Type) throws -> [Value] {
      try lines.map { try JSONDecoder().decode(type, from: Data($0.utf8)) }
    }
  }

  /// The folder of the tests' own binary, which also has the command.
  static let buildFolder = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
    .deletingLastPathComponent()

  /// The root of the repository.
  static let root = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  static func effnet(
    _ arguments: String..., input: String = "", environment: [String: String] = [:]
  ) throws -> Output {
    try effnet(arguments: arguments, input: input, environment: environment)
  }

  static func effnet(
    arguments: [String], input: String = "", environment: [String: String] = [:],
    folder: URL? = nil
  ) throws -> Output {
    try run(
      buildFolder.appending(path: "effnet"), arguments, input: input, environment: environment,
      folder: folder)
  }

  /// Starts the command in a folder and returns at once.
  static func start(
    _ arguments: [String], in folder: URL, errors: Any = FileHandle.nullDevice
  ) throws -> Process {
    let process = Process()
    process.executableURL = buildFolder.appending(path: "effnet")
    process.arguments = arguments
    process.currentDirectoryURL = folder
    process.standardOutput = FileHandle.nullDevice
    process.standardError = errors
    try process.run()
    return process
  }

  /// Waits until a started command handles Ctrl-C; before, the signal would end it without a word.
  static func waitUntilInterruptible(_ process: Process) throws {
    let status = URL(filePath: "/proc/\(process.processIdentifier)/status")
    while process.isRunning {
      let caught = try String(contentsOf: status, encoding: .utf8).split(separator: "\n")
        .first { $0.hasPrefix("SigCgt:") }?.split(separator: "\t").last
      if let caught, let mask = UInt64(caught, radix: 16), mask >> (SIGINT - 1) & 1 == 1 { return }
      usleep(1000)
    }
  }

  static func run(
    _ program: URL, _ arguments: [String], input: String = "",
    environment: [String: String] = [:], folder: URL? = nil
  ) throws -> Output {
    let process = Process()
    process.executableURL = program
    process.arguments = arguments
    if let folder { process.currentDirectoryURL = folder }
    // Files instead of pipes, so that no two pipes need to be read at once.
    let streams = try TemporaryFolder()
    // An empty cache, so that nothing depends on this machine's downloads or on earlier runs.
    let cache = ["EFFNET_CACHE": streams.url.appending(path: "cache").path]
    let base = ProcessInfo.processInfo.environment.merging(cache) { $1 }
    process.environment = base.merging(environment) { $1 }
    let output = try streams.file("output")
    let errors = try streams.file("errors")
    let stdin = try streams.file("input", contents: input)
    process.standardInput = try FileHandle(forReadingFrom: stdin)
    process.standardOutput = try FileHandle(forWritingTo: output)
    process.standardError = try FileHandle(forWritingTo: errors)
    try process.run()
    process.waitUntilExit()
    return Output(
      status: process.terminationStatus,
      standardOutput: try String(contentsOf: output, encoding: .utf8),
      standardError: try String(contentsOf: errors, encoding: .utf8))
  }
}

/// A weight file of a small network with formula weights.
func writeTinyModel(to path: String) throws {
  let architecture = Architecture.tiny[0]
  let description = ModelDescription(
    architecture: architecture,
    preprocessing: Preprocessing(
      resize: 40, crop: 33, interpolation: .bicubic, mean: [127, 127, 127], std: [128, 128, 128]),
    classes: (0..<architecture.classes).map { ClassLabel(name: "class, \($0)") },
    provenance: "the formula")
  try Model(description, weights: Formula.weights(of: architecture)).write(to: path)
}
