public import ArgumentParser
public import EfficientNetCompute
import EfficientNetServing
import EfficientNetSystem

struct ServeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "effnet serve",
    abstract: "Answer requests over HTTP: classes, features, heat maps and similar photos.",
    discussion: """
      Examples:
        effnet serve                                  # lite0 on http://127.0.0.1:8080
        effnet serve --model pets=runs/train/pets --model lite0 --max-wait 100ms
        curl --data-binary @cat.jpg localhost:8080/v1/classify
        curl -F photo=@a.jpg -F photo=@b.jpg 'localhost:8080/v1/classify?top=3'

      The server also speaks the Open Inference Protocol v2 (KServe, Triton): /v2. All paths are in
      /openapi.json; http://localhost:8080/ is a page to try it.

      SIGTERM and Ctrl-C end it: it answers what has begun. SIGHUP loads the models again.
      """)

  @Option(
    help: ArgumentHelp(
      "Weights to serve: downloaded ones by name, a weight file or a run's folder; repeatable. The "
        + "first model answers requests that name none.", valueName: "NAME[=PATH]"))
  var model: [String] = ["lite0"]

  @Option(help: "The address to listen on; 0.0.0.0 opens the server to the network.")
  var host = "127.0.0.1"

  @Option(help: "The port; 0 for any free one.")
  var port = 8080

  @Option(help: ArgumentHelp("A file for the number of the port.", valueName: "path"))
  var portFile: String?

  @Option(help: "Photos computed at a time (default: the processors that the process may use).")
  var lanes: Int?

  @Option(help: "The number format: fp32, bf16, fp16 or int8 (default: that of each model).")
  var precision: Precision?

  @Option(
    help: ArgumentHelp(
      "The longest time that a photo may have to wait; then requests are refused with status 503.",
      valueName: "time"))
  var maxWait = TimeArgument(.seconds(1))

  @Option(help: ArgumentHelp("The longest time for an answer.", valueName: "time"))
  var timeout = TimeArgument(.seconds(60))

  @Option(
    help: ArgumentHelp(
      "The time between the signal to end and the end of listening, in which the server is not ready "
        + "but answers.", valueName: "time"))
  var drain = TimeArgument(.zero)

  @Option(help: ArgumentHelp("The bytes of a body at most.", valueName: "bytes"))
  var maxBody = 64 << 20

  @Option(help: "The pixels of a photo at most.")
  var maxPixels = 50_000_000

  @Option(help: "The photos of a request at most.")
  var maxPhotos = 64

  @Option(help: "The connections at most.")
  var maxConnections = 1024

  @Option(
    help: ArgumentHelp(
      "A table of features of 'effnet embed', for /v1/similar.", valueName: "path"))
  var index: String?

  @Option(
    help: ArgumentHelp(
      "A file with a token a line; then clients send 'Authorization: Bearer TOKEN'.",
      valueName: "path"))
  var tokens: String?

  @Option(
    help: ArgumentHelp(
      "A file with tokens that may load models again by a request.", valueName: "path"))
  var adminTokens: String?

  @Option(
    help: "The log on standard error: json, text or none (default: text on a terminal, else json).")
  var log: LogChoice?

  @Option(name: .customLong("model_name"), help: .hidden)
  var kserveName: String?

  @Option(name: .customLong("model_dir"), help: .hidden)
  var kserveFolder: String?

  @Option(name: .customLong("http_port"), help: .hidden)
  var kservePort: Int?

  @Flag(help: "Ask the server on --host and --port whether it is ready: exit code 0 or 1.")
  var check = false

  /// The models to serve. KServe gives a name and a folder that has a weight file.
  ///
  /// - Throws: `ValidationError` for two models of one name; `FileError` for KServe's folder.
  func models() throws -> [ModelArgument] {
    if let kserveFolder {
      let path = try ModelArgument.weights(in: kserveFolder)
      if let kserveName { return [ModelArgument(name: kserveName, path: path)] }
      return [try ModelArgument(path)]
    }
    let models = try model.map { try ModelArgument($0) }
    for (index, model) in models.enumerated()
    where models[..<index].contains(where: { $0.name == model.name }) {
      throw ValidationError("--model names '\(model.name)' twice; give them names: NAME=PATH")
    }
    return models
  }

  mutating func validate() throws {
    if let kservePort { port = kservePort }
    guard (kserveName == nil) == (kserveFolder == nil) || kserveName == nil else {
      throw ValidationError("--model_name needs --model_dir")
    }
    if kserveFolder == nil { _ = try models() }
    guard 0...65535 ~= port else {
      throw ValidationError("--port is \(port); it must be 0 to 65535")
    }
    for (name, value) in [
      ("--lanes", lanes ?? 1), ("--max-body", maxBody), ("--max-pixels", maxPixels),
      ("--max-photos", maxPhotos), ("--max-connections", maxConnections),
    ] where value < 1 {
      throw ValidationError("\(name) is \(value); it must be at least 1")
    }
    if let lanes, lanes > 1024 { throw ValidationError("--lanes is \(lanes); at most 1024") }
  }
}

/// The form of the log.
enum LogChoice: String, ExpressibleByArgument, CaseIterable { case json, text, none }

extension Precision: ExpressibleByArgument {}

/// A time such as "100ms", "1.5s" or "2m".
struct TimeArgument: ExpressibleByArgument, Sendable, CustomStringConvertible {
  let duration: Duration

  init(_ duration: Duration) { self.duration = duration }

  init?(argument: String) {
    let units = [("ms", 0.001), ("s", 1), ("m", 60)]
    guard let (unit, seconds) = units.first(where: { argument.hasSuffix($0.0) }),
      let number = Double(argument.dropLast(unit.count)), number >= 0, number <= 86_400
    else { return nil }
    duration = .seconds(number * seconds)
  }

  var description: String {
    duration.wholeMilliseconds % 1000 == 0
      ? "\(duration.wholeMilliseconds / 1000)s" : "\(duration.wholeMilliseconds)ms"
  }

  var defaultValueDescription: String { description }
}
