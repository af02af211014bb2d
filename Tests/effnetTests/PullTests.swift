import EfficientNet
import EfficientNetTestSupport
import Foundation
import Testing

@Suite("effnet pull owner/name")
struct PullTests {
  private static let token = "hf_ThisMustNotBeSeen0123456789"

  /// Weights of three bytes, whose SHA-256 is in FIPS 180-2, appendix B.1.
  private static func server(
    _ override: @escaping @Sendable (LoopbackServer.Request) -> LoopbackServer.Reply? = { _ in nil }
  ) throws -> LoopbackServer {
    try LoopbackServer { request in
      if let reply = override(request) { return reply }
      switch request.path.split(separator: "/").last {
      case "config.json":
        return .init(
          200,
          body: Array(
            #"{"architecture": "efficientnet_b0", "num_classes": 2, "input_size": [3, 9, 9]}"#.utf8)
        )
      case "model.safetensors": return weights(request)
      default: return .init(404)
      }
    }
  }

  private static func weights(_ request: LoopbackServer.Request) -> LoopbackServer.Reply {
    let fields = [
      "X-Linked-Etag": "\"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\""
    ]
    guard request["Range"] == "bytes=1-" else {
      return .init(200, fields: fields, body: Array("abc".utf8))
    }
    return .init(
      206, fields: fields.merging(["Content-Range": "bytes 1-2/3"]) { $1 }, body: Array("bc".utf8))
  }

  private func environment(_ server: LoopbackServer, _ cache: TemporaryFolder) -> [String: String] {
    [
      "EFFNET_CACHE": cache.url.path, "HF_ENDPOINT": server.url, "HF_TOKEN": Self.token,
      "no_proxy": "127.0.0.1",
    ]
  }

  @Test("pull downloads a repository, prints its path and lists it")
  func pulls() throws {
    let (server, cache) = (try Self.server(), try TemporaryFolder())
    let environment = environment(server, cache)
    let path = "\(cache.url.path)/hub/ada--tiny@v1/model.safetensors"
    let output = try CommandLineTool.effnet(
      "pull", "ada/tiny@v1", "--json", environment: environment)
    #expect(output.status == 0)
    #expect(output.standardOutput == "{\"name\":\"ada/tiny@v1\",\"path\":\"\(path)\"}\n")
    #expect(
      output.standardError
        == "ada/tiny@v1: downloading config.json, 78 bytes\nada/tiny@v1: downloading model.safetensors, 3 bytes\n"
    )
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "abc")
    #expect(server.requests.allSatisfy { $0["Authorization"] == "Bearer \(Self.token)" })

    // The server is stopped: everything comes from the cache.
    server.stop()
    let again = try CommandLineTool.effnet(
      "pull", "ada/tiny@v1", "--quiet", environment: environment)
    #expect(again.standardOutput == "ada/tiny@v1: \(path)\n")
    #expect(again.standardError == "")
    let list = try CommandLineTool.effnet("pull", "--list", environment: environment)
    let words = list.lines.last?.split(separator: " ").map { String($0) }
    #expect(words == ["ada/tiny@v1", "0", "MB", server.url, path])
    let rows = try CommandLineTool.effnet("pull", "--list", "--json", environment: environment)
    #expect(
      rows.lines.last
        == "{\"endpoint\":\"\(server.url)\",\"name\":\"ada/tiny@v1\",\"path\":\"\(path)\"}")
  }

  @Test("a second pull of a short name says that the weights are there")
  func pullsOnce() throws {
    let cache = try TemporaryFolder()
    let path = "\(cache.url.path)/lite0.safetensors"
    let description = try PublishedNetwork(named: "lite0").imageNetDescription(provenance: "a test")
    try Model(description, weights: Formula.weights(of: description.architecture)).write(to: path)
    let output = try CommandLineTool.effnet(
      "pull", "lite0", environment: ["EFFNET_CACHE": cache.url.path])
    #expect(output.status == 0 && output.standardOutput == "lite0: \(path)\n")
    #expect(output.standardError == "lite0: already in the cache\n")
  }

  @Test("errors are explained in one line")
  func explains() throws {
    let server = try Self.server { _ in .init(401) }
    let cache = try TemporaryFolder()
    var environment = environment(server, cache)
    let refused = try CommandLineTool.effnet("pull", "ada/tiny", environment: environment)
    #expect(refused.status == 1)
    #expect(refused.standardOutput == "")
    #expect(
      refused.standardError
        == "effnet: \(server.url) refuses ada/tiny: it is gated or private and HF_TOKEN gives no access to it, "
        + "or it does not exist\n")
    for (key, value, expected) in [
      ("HF_TOKEN", "\(Self.token)\u{7}", "effnet: HF_TOKEN is not a token"),
      ("HF_ENDPOINT", "hub", "effnet: HF_ENDPOINT is 'hub', not an address; expected an address"),
      (
        "PATH", "/nonexistent",
        "effnet: cannot download: the command 'curl' was not found; install curl\n"
      ),
      ("EFFNET_CACHE", "/dev/null", "effnet: /dev/null: Not a directory; set EFFNET_CACHE to"),
    ] {
      var changed = environment
      changed[key] = value
      let output = try CommandLineTool.effnet("pull", "ada/tiny", environment: changed)
      #expect(output.status == 1)
      #expect(output.standardError.hasPrefix(expected))
      #expect(!output.standardError.contains(Self.token))
    }
    environment["HF_TOKEN"] = nil
    let usage = try CommandLineTool.effnet("pull", "ada/..", environment: environment)
    #expect(usage.status == 2)
    #expect(usage.standardError.hasPrefix("effnet: 'ada/..' is not the name of a repository; "))
  }

  @Test("curl's exit status is known even if the caller ignores SIGCHLD")
  func ignoredSignal() throws {
    let (server, cache) = (try Self.server(), try TemporaryFolder())
    let environment = environment(server, cache)
    server.stop()
    // Uses bash because dash does not pass the ignored signal on.
    let output = try CommandLineTool.run(
      URL(filePath: "/bin/bash"),
      [
        "-c", "trap '' CHLD; exec \"$0\" pull ada/tiny",
        CommandLineTool.buildFolder.appending(path: "effnet").path,
      ], environment: environment)
    #expect(output.status == 1)
    #expect(output.standardError.hasPrefix("effnet: cannot download from \(server.url): "))
    #expect(output.standardError.hasSuffix("try again when online\n"))
  }

  @Test("a download resumes after Ctrl-C and after a kill", arguments: [SIGINT, SIGKILL])
  func goesOn(signal: Int32) throws {
    let server = try Self.server { request in
      guard request.method == "GET", request["Range"] == nil,
        request.path.hasSuffix(".safetensors")
      else { return nil }
      var reply = Self.weights(request)
      reply.delivery = .hang(after: 1)
      return reply
    }
    let cache = try TemporaryFolder()
    let environment = environment(server, cache)
    let process = Process()
    process.executableURL = CommandLineTool.buildFolder.appending(path: "effnet")
    process.arguments = ["pull", "ada/tiny", "--quiet"]
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    let errors = Pipe()
    process.standardError = errors
    try process.run()
    let folder = cache.url.appending(path: "hub/ada--tiny")
    let partial = folder.appending(
      path:
        ".model.safetensors.ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad.partial"
    )
    for _ in 0..<1000 where (try? Data(contentsOf: partial).count) != 1 { usleep(10_000) }
    kill(process.processIdentifier, signal)
    // Process also waits for the curl of the killed effnet, which ends with the connection.
    server.stop()
    process.waitUntilExit()
    #expect(process.terminationStatus == (signal == SIGINT ? 130 : SIGKILL))
    #expect(try Data(contentsOf: partial) == Data("a".utf8))
    if signal == SIGINT {
      let message = errors.fileHandleForReading.readDataToEndOfFile()
      #expect(
        String(decoding: message, as: UTF8.self)
          == "stopped; to continue: effnet pull ada/tiny --quiet\n")
    }

    let other = try Self.server()
    let output = try CommandLineTool.effnet(
      "pull", "ada/tiny", environment: self.environment(other, cache))
    #expect(output.status == 0)
    #expect(other.requests.last?["Range"] == "bytes=1-")
    #expect(output.standardError.contains("resuming model.safetensors at 1 bytes of 3 bytes"))
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    #expect(names == ["config.json", "model.safetensors", "source.json"])
    let weights = try String(
      contentsOf: folder.appending(path: "model.safetensors"), encoding: .utf8)
    #expect(weights == "abc")
  }
}
