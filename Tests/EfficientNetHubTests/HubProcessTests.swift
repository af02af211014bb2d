import EfficientNet
import EfficientNetFormats
import EfficientNetHub
import EfficientNetTestSupport
import Foundation
import Testing

@Suite("curl, proxies and processes")
struct HubProcessTests {
  @Test func explainsMissingCurlAndNetwork() throws {
    try withTrial { trial in
      trial.client.curl = Curl(program: "no-such-curl")
      #expect(
        trial.failure("http://127.0.0.1:1")
          == "cannot download: the command 'no-such-curl' was not found; install curl")
      trial.client.curl = Curl(variables: ["no_proxy": "127.0.0.1"])
      let failure = trial.failure("http://127.0.0.1:1")
      #expect(failure.hasPrefix("cannot download from http://127.0.0.1:1: Failed to connect"))
      #expect(failure.hasSuffix("; try again when online"))
    }
  }

  @Test(arguments: [
    (403, "answers with status 403; check https_proxy"),
    (407, "answers with status 407; check https_proxy"),
  ])
  func explainsProxies(status: Int, expected: String) throws {
    let proxy = try LoopbackServer { _ in .init(status) }
    try withTrial { trial in
      trial.client.curl = Self.curl(proxy)
      #expect(
        trial.failure("https://hub.test")
          == "cannot download config.json: the proxy \(expected)")
      #expect(proxy.requests.map(\.method) == ["CONNECT"])
    }
  }

  @Test func waitsForBusyProxies() throws {
    let proxy = try LoopbackServer { _ in .init(503) }
    try withTrial { trial in
      trial.client.curl = Self.curl(proxy)
      #expect(
        trial.failure("https://hub.test")
          == "cannot download config.json: the proxy is too busy (status 503); try again later")
      #expect(proxy.requests.count == 6)
    }
  }

  private static func curl(_ proxy: LoopbackServer) -> Curl {
    Curl(variables: [
      "https_proxy": proxy.url, "HTTPS_PROXY": proxy.url, "no_proxy": "", "NO_PROXY": "",
    ])
  }

  @Test func locksARepository() throws {
    let hub = try FakeHub()
    try withTrial { trial in
      try FileManager.default.createDirectory(
        atPath: trial.folder, withIntermediateDirectories: true)
      let other = open(trial.folder, O_RDONLY | O_CLOEXEC)
      flock(other, LOCK_EX)
      #expect(
        trial.failure(hub.server.url)
          == "\(trial.folder) is in use by another download; wait until it ends, then pull again")
      // Unlocks before closing: a child process of another test may hold a copy of the descriptor.
      flock(other, LOCK_UN)
      close(other)
      try trial.pull(hub.server.url)
    }
  }

  @Test func stopsOnRequestAndHidesTheToken() throws {
    let hub = try FakeHub { request, _ in
      guard request.method == "GET", request.path.hasSuffix(".safetensors") else { return nil }
      var reply = FakeHub.weightsReply(request)
      reply.delivery = .hang(after: 5000)
      return reply
    }
    try withTrial { trial in
      let script = try trial.script(
        "env > \"$0.environment\"; echo $$ > \"$0.id\"; exec curl \"$@\"")
      trial.client.curl = Curl(
        program: script, variables: ["no_proxy": "127.0.0.1", "HF_TOKEN": FakeHub.token])
      var commandLine = ""
      trial.client.isCancelled = {
        guard commandLine.isEmpty, trial.received.last == 5000 else { return !commandLine.isEmpty }
        // The download hangs now.
        let id = (try? String(contentsOfFile: script + ".id", encoding: .utf8)) ?? ""
        let path = "/proc/\(id.filter(\.isNumber))/cmdline"
        commandLine = (try? text(path)) ?? "none"
        return true
      }
      #expect(
        trial.failure(hub.server.url)
          == "the download of model.safetensors was stopped; pull again")
      #expect(commandLine == "curl\0--disable\0--config\0-\0")
      let environment = try text(script + ".environment")
      #expect(environment.contains("no_proxy=127.0.0.1"))
      #expect(!environment.contains("HF_TOKEN") && !environment.contains(FakeHub.token))
      // The token was sent nevertheless.
      #expect(hub.server.requests.last?["Authorization"] == "Bearer \(FakeHub.token)")
      let partial = "\(trial.folder)/.model.safetensors.\(FakeHub.weightsDigest).partial"
      #expect(try bytes(partial) == Array(FakeHub.weights.prefix(5000)))
    }
  }
}
