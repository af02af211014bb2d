import EfficientNet
import EfficientNetFormats
import EfficientNetHub
import EfficientNetTestSupport
import Foundation
import Testing

@Suite("Pull from a hub")
struct HubPullTests {
  @Test func pullsOnce() throws {
    let hub = try FakeHub()
    try withTrial { trial in
      #expect(trial.cache.snapshot(of: trial.repository) == nil)
      let snapshot = try trial.pull(hub.server.url)
      #expect(snapshot.weightsPath == "\(trial.cache.folder)/hub/ada--tiny/model.safetensors")
      #expect(try bytes(snapshot.weightsPath) == FakeHub.weights)
      #expect(try bytes(snapshot.configurationPath) == Array(FakeHub.configuration.utf8))
      #expect(snapshot.configuration.architecture == "efficientnet_b0")
      #expect(snapshot.source.commit == FakeHub.commit)
      #expect(snapshot.source.weights.sha256 == FakeHub.weightsDigest)
      #expect(
        snapshot.provenance
          == "\(hub.server.url)/ada/tiny, commit \(FakeHub.commit), sha256 \(FakeHub.weightsDigest)"
      )
      #expect(trial.files == ["config.json", "model.safetensors", "source.json"])
      #expect(trial.received.last == 100_000)
      #expect(
        trial.messages == [
          "downloading config.json, 417 bytes", "downloading model.safetensors, 100000 bytes",
        ])
      #expect(
        hub.log == [
          "HEAD config.json", "GET config.json", "HEAD model.safetensors",
          "GET model.safetensors",
        ])
      #expect(hub.server.requests[0].path == "/ada/tiny/resolve/main/config.json")
      // All files are of one commit.
      #expect(
        hub.server.requests[3].path == "/ada/tiny/resolve/\(FakeHub.commit)/model.safetensors")
      #expect(hub.server.requests.allSatisfy { $0["Authorization"] == "Bearer \(FakeHub.token)" })

      let again = try trial.pull(hub.server.url)
      #expect(again == snapshot)
      #expect(trial.messages == ["already in the cache, from \(hub.server.url)"])
      #expect(hub.server.requests.count == 4)
      #expect(trial.cache.snapshots == [snapshot])
      _ = try trial.pull(hub.server.url, force: true)
      #expect(hub.server.requests.count == 8)
    }
  }

  @Test func keepsRevisionsApart() throws {
    let hub = try FakeHub()
    try withTrial(repository: "ada/tiny@refs/pr/1") { trial in
      trial.token = nil
      let snapshot = try trial.pull(hub.server.url)
      #expect(snapshot.weightsPath.hasSuffix("/hub/ada--tiny@refs%2Fpr%2F1/model.safetensors"))
      #expect(hub.server.requests[0].path == "/ada/tiny/resolve/refs%2Fpr%2F1/config.json")
      #expect(hub.server.requests.allSatisfy { $0["Authorization"] == nil })
      #expect(trial.cache.snapshots == [snapshot])
      #expect(trial.cache.snapshot(of: try HubRepository("ada/tiny")) == nil)
    }
  }

  @Test func readsPyTorchWeightsWithoutSafetensors() throws {
    let hub = try FakeHub(weightsName: "pytorch_model.bin")
    try withTrial { trial in
      let snapshot = try trial.pull(hub.server.url)
      #expect(snapshot.weightsPath.hasSuffix("/pytorch_model.bin"))
      #expect(hub.log.contains("HEAD model.safetensors"))
      #expect(try bytes(snapshot.weightsPath) == FakeHub.weights)
    }
  }

  @Test(arguments: [
    LoopbackServer.Reply.Framing.chunked, .close, .length(nil),
  ])
  func readsEveryFraming(framing: LoopbackServer.Reply.Framing) throws {
    let hub = try FakeHub { request, _ in
      guard request.method == "GET", request.path.hasSuffix(".safetensors") else { return nil }
      return .init(200, body: FakeHub.weights, framing: framing, delivery: .drip(milliseconds: 5))
    }
    try withTrial { trial in
      let snapshot = try trial.pull(hub.server.url)
      #expect(try bytes(snapshot.weightsPath) == FakeHub.weights)
      #expect(trial.received.count >= 5)
    }
  }
}
