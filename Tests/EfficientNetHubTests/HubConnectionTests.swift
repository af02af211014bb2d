import EfficientNet
import EfficientNetFormats
import EfficientNetHub
import EfficientNetTestSupport
import Foundation
import Testing

@Suite("Broken connections to a hub")
struct HubConnectionTests {
  @Test func resumesAfterBrokenConnections() throws {
    let hub = try FakeHub(breaking: 2, after: 30_000)
    try withTrial { trial in
      let snapshot = try trial.pull(hub.server.url)
      #expect(try bytes(snapshot.weightsPath) == FakeHub.weights)
      let ranges = hub.server.requests.filter { $0.method == "GET" }.map { $0["Range"] }
      #expect(ranges == [nil, nil, "bytes=30000-", "bytes=60000-"])
      #expect(
        trial.messages.suffix(2) == [
          "the connection to \(hub.server.url) broke, trying again in 1 s",
          "the connection to \(hub.server.url) broke, trying again in 2 s",
        ])
    }
  }

  @Test func resumesInTheNextPull() throws {
    let hub = try FakeHub(breaking: 6, after: 10_000)
    try withTrial { trial in
      let failure = trial.failure(hub.server.url)
      #expect(
        failure.hasPrefix(
          "cannot download model.safetensors: the connection to \(hub.server.url) broke "
            + "too often ("))
      // Curl's message about the last break.
      #expect(failure.contains("40000 bytes"))
      #expect(failure.hasSuffix("), 60000 bytes are kept; pull again to resume"))
      #expect(trial.cache.snapshot(of: trial.repository) == nil)
      let partial = ".model.safetensors.\(FakeHub.weightsDigest).partial"
      #expect(trial.files.contains(partial))
      let snapshot = try trial.pull(hub.server.url)
      #expect(try bytes(snapshot.weightsPath) == FakeHub.weights)
      #expect(hub.server.requests.last?["Range"] == "bytes=60000-")
      #expect(trial.messages.last == "resuming model.safetensors at 60000 bytes of 100000 bytes")
      #expect(trial.files == ["config.json", "model.safetensors", "source.json"])
    }
  }

  /// A part that no digest can check is removed.
  @Test(arguments: [true, false]) func failsWithoutData(hasDigest: Bool) throws {
    let configuration = FakeHub.configuration + (hasDigest ? "" : " ")
    let hub = try FakeHub(configuration: configuration) { request, _ in
      guard request.method == "GET" else { return nil }
      return .init(200, body: Array(configuration.utf8), delivery: .hang(after: 9))
    }
    try withTrial { trial in
      trial.client.retries = 0
      let failure = trial.failure(hub.server.url)
      #expect(failure.contains("broke too often ("))
      let remedy = hasDigest ? "), 9 bytes are kept; pull again to resume" : "); pull again"
      #expect(failure.hasSuffix(remedy))
    }
  }

  @Test func explainsASilentServer() throws {
    let hub = try FakeHub { _, _ in .init(200, delivery: .mute) }
    try withTrial { trial in
      let failure = trial.failure(hub.server.url)
      #expect(
        failure.hasPrefix(
          "cannot download config.json: \(hub.server.url) does not answer (Operation t"))
      #expect(failure.hasSuffix("); try again later, or set HF_ENDPOINT to another server"))
      #expect(hub.server.requests.count == 1)
    }
  }

  /// A head of one endless line, and a head of endless lines.
  @Test(.timeLimit(.minutes(1)), arguments: ["a", "X: a\r\n"])
  func refusesAnEndlessHead(text: String) throws {
    let hub = try FakeHub { _, _ in .init(200, delivery: .endlessHead(text)) }
    try withTrial { trial in
      #expect(
        trial.failure(hub.server.url)
          == "cannot download config.json: \(hub.server.url) gives no answer: its head is too long")
      #expect(hub.server.requests.count == 1)
    }
  }

  @Test func renamesCompleteFilesWithoutTheNetwork() throws {
    let hub = try FakeHub()
    try withTrial { trial in
      let snapshot = try trial.pull(hub.server.url)
      try FileManager.default.removeItem(atPath: trial.folder + "/source.json")
      #expect(trial.cache.snapshot(of: trial.repository) == nil)
      let again = try trial.pull(hub.server.url)
      #expect(again == snapshot)
      // The state is that after a kill before the last renaming: no file is downloaded again.
      #expect(hub.log.suffix(2) == ["HEAD config.json", "HEAD model.safetensors"])
    }
  }

  @Test func downloadsDamagedFilesAgain() throws {
    let hub = try FakeHub()
    try withTrial { trial in
      let snapshot = try trial.pull(hub.server.url)
      let descriptor = open(snapshot.weightsPath, O_RDWR)
      ftruncate(descriptor, 10)
      close(descriptor)
      _ = try trial.pull(hub.server.url)
      #expect(trial.messages.first == "the files in the cache are damaged")
      #expect(try bytes(snapshot.weightsPath) == FakeHub.weights)
      #expect(hub.log.filter { $0 == "GET config.json" }.count == 1)
    }
  }
}
