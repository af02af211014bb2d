import EfficientNetHub
import EfficientNetTestSupport
import Foundation
import Synchronization
import Testing

/// A server with one repository that answers like Hugging Face unless a test replaces an answer.
final class FakeHub: Sendable {
  typealias Request = LoopbackServer.Request
  typealias Reply = LoopbackServer.Reply

  static let token = "hf_ThisMustNotBeSeen0123456789"
  static let commit = "0123456789abcdef0123456789abcdef01234567"

  /// A config.json as timm writes it.
  static let configuration = """
    {
      "architecture": "efficientnet_b0",
      "num_classes": 1000,
      "num_features": 1280,
      "pretrained_cfg": {
        "tag": "ra_in1k",
        "license": "apache-2.0",
        "input_size": [3, 224, 224],
        "test_input_size": [3, 256, 256],
        "fixed_input_size": false,
        "interpolation": "bicubic",
        "crop_pct": 0.875,
        "crop_mode": "center",
        "mean": [0.485, 0.456, 0.406],
        "std": [0.229, 0.224, 0.225]
      }
    }

    """
  /// The output of `git hash-object` for the configuration, by git 2.39.
  static let configurationBlob = "d38a51aa5df396302a7b8de362970c3e42a518a2"

  /// 100 KB of pseudo-random bytes: no part equals a shifted part.
  static let weights: [UInt8] = {
    var state: UInt32 = 1
    return (0..<100_000).map { _ in
      state = state &* 1_664_525 &+ 1_013_904_223
      return UInt8(state >> 24)
    }
  }()
  static let weightsDigest = Digest.sha256(weights)

  let server: LoopbackServer

  /// Creates a server that breaks the connection of the first `count` downloads of the weights.
  convenience init(breaking count: Int, after bytes: Int) throws {
    try self.init { request, index in
      guard request.method == "GET", request.path.hasSuffix(".safetensors"), index < count else {
        return nil
      }
      var reply = FakeHub.weightsReply(request)
      reply.delivery = .cut(after: bytes)
      return reply
    }
  }

  /// - Parameter override: Returns another answer, or nil. It gets the request and the number of
  ///   earlier requests with the same method and path.
  init(
    configuration: String = FakeHub.configuration, weightsName: String = "model.safetensors",
    _ override: @escaping @Sendable (Request, Int) -> Reply? = { _, _ in nil }
  ) throws {
    let counts = Mutex<[String: Int]>([:])
    server = try LoopbackServer { request in
      let index = counts.withLock { counts in
        let key = "\(request.method) \(request.path)"
        counts[key, default: 0] += 1
        return (counts[key] ?? 0) - 1
      }
      if let reply = override(request, index) { return reply }
      if request.path.hasSuffix("/config.json") {
        let etag = configuration == Self.configuration ? Self.configurationBlob : "of another kind"
        return Reply(
          200, fields: ["ETag": "\"\(etag)\"", "X-Repo-Commit": Self.commit],
          body: Array(configuration.utf8))
      }
      guard request.path.hasSuffix("/\(weightsName)") else {
        return Reply(404, fields: ["X-Error-Code": "EntryNotFound"])
      }
      return Self.weightsReply(request)
    }
  }

  /// The weights, or the requested range of them.
  static func weightsReply(_ request: Request) -> Reply {
    var reply = Reply(200, fields: weightsFields, body: weights)
    if let range = request["Range"], let start = Int(range.dropFirst(6).dropLast()) {
      guard start < weights.count else { return Reply(416) }
      reply.status = 206
      reply.fields["Content-Range"] = "bytes \(start)-\(weights.count - 1)/\(weights.count)"
      reply.body = Array(weights[start...])
    }
    return reply
  }

  static let weightsFields = [
    "X-Repo-Commit": commit, "X-Linked-Etag": "\"\(weightsDigest)\"",
    "X-Linked-Size": "\(weights.count)",
  ]

  /// Requests as "GET config.json", without the folders of the path.
  var log: [String] {
    server.requests.map { "\($0.method) \($0.path.split(separator: "/").last ?? "")" }
  }
}

/// A cache in its own folder, with the messages of the last pull into it.
final class PullTrial {
  let cache: ModelCache
  let repository: HubRepository
  /// The value of HF_TOKEN.
  var token: String? = FakeHub.token
  var client = HubClient()
  private(set) var messages: [String] = []
  private(set) var received: [Int] = []

  init(_ folder: String, repository: String = "ada/tiny") throws {
    cache = ModelCache(folder: folder)
    self.repository = try HubRepository(repository)
    client.second = .milliseconds(2)
    client.curl = Curl(variables: ["no_proxy": "127.0.0.1,localhost"], stallSeconds: 1)
  }

  /// The folder of the repository's files.
  var folder: String { cache.folder(of: repository) }

  /// The names of the repository's files.
  var files: [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
  }

  /// Installs a script in place of curl: a link to the program that runs the script beside it. The
  /// link is needed because a file that was just written may not be executable while another thread
  /// starts a program.
  func script(_ text: String) throws -> String {
    let path = cache.folder + "/curl"
    try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: Fixture.program)
    try text.write(toFile: cache.folder + "/script", atomically: true, encoding: .utf8)
    return path
  }

  @discardableResult
  func pull(_ url: String, force: Bool = false) throws(HubError) -> HubSnapshot {
    messages = []
    client.endpoint = try HubEndpoint(url: url, token: token)
    client.report = { self.messages.append($0) }
    client.progress = { self.received.append($0.received) }
    return try repository.pull(into: cache, by: client, force: force)
  }

  /// The error's text, or "" without an error.
  func failure(_ url: String) -> String {
    do throws(HubError) {
      try pull(url)
      return ""
    } catch {
      return error.description
    }
  }
}

/// Calls `body` with a trial in a new folder.
func withTrial(repository: String = "ada/tiny", _ body: (PullTrial) throws -> Void) throws {
  try withTemporaryFolder { folder in
    let trial = try PullTrial(folder, repository: repository)
    try body(trial)
    // In every case, the token is in no message.
    #expect(!trial.messages.contains { $0.contains(FakeHub.token) })
  }
}

/// Returns the bytes of a file.
func bytes(_ path: String) throws -> [UInt8] {
  Array(try Data(contentsOf: URL(filePath: path)))
}

/// Returns the text of a file.
func text(_ path: String) throws -> String {
  String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
}
