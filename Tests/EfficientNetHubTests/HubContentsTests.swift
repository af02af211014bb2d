import EfficientNet
import EfficientNetFormats
import EfficientNetHub
import EfficientNetTestSupport
import Foundation
import Testing

@Suite("Wrong contents from a hub")
struct HubContentsTests {
  @Test(arguments: ["shorter", "longer", "too short chunks", "too long chunks", "hash"])
  func refusesOtherContents(fault: String) throws {
    let hub = try FakeHub { request, _ in
      guard request.method == "GET", request.path.hasSuffix(".safetensors") else { return nil }
      var wrong = FakeHub.weights
      switch fault {
      case "shorter": return .init(200, body: Array(wrong.dropLast()))
      case "longer": return .init(200, body: wrong + [0])
      case "too short chunks": return .init(200, body: Array(wrong.dropLast()), framing: .chunked)
      case "too long chunks": return .init(200, body: wrong + [0], framing: .chunked)
      default:
        wrong[99_999] ^= 1
        return .init(200, body: wrong)
      }
    }
    try withTrial { trial in
      let failure = trial.failure(hub.server.url)
      #expect(failure.hasPrefix("model.safetensors is not the expected file: it"))
      #expect(failure.hasSuffix("; pull again"))
      if fault == "hash" { #expect(failure.contains("not \(FakeHub.weightsDigest)")) }
      if fault == "shorter" { #expect(failure.contains("it has 99999 bytes, not 100000")) }
      // Neither the weights nor a part of them is stored.
      #expect(!trial.files.contains { $0.contains("safetensors") || $0 == "source.json" })
      #expect(hub.log.filter { $0 == "GET model.safetensors" }.count == 1)
    }
  }

  @Test func checksGitDigests() throws {
    let hub = try FakeHub { request, _ in
      guard request.method == "GET" else { return nil }
      return .init(200, body: Array(FakeHub.configuration.replacing("b0", with: "b1").utf8))
    }
    try withTrial { trial in
      let failure = trial.failure(hub.server.url)
      #expect(failure.hasPrefix("config.json is not the expected file: its git SHA-1 is "))
      #expect(failure.hasSuffix(", not \(FakeHub.configurationBlob); pull again"))
      #expect(trial.files == [])
    }
  }

  @Test func refusesAnEndlessBody() throws {
    let hub = try FakeHub { request, _ in
      guard request.path.hasSuffix(".safetensors") else { return nil }
      return .init(200, body: FakeHub.weights, framing: .close, delivery: .endless)
    }
    try withTrial { trial in
      trial.client.weightsLimit = 1_000_000
      #expect(
        trial.failure(hub.server.url)
          == "model.safetensors is too large: it has more bytes, the limit is 1000000")
      #expect(!trial.files.contains { $0.contains("safetensors") })
    }
  }

  @Test func refusesAHugeFile() throws {
    for (name, size) in [("config.json", 4_000_001), ("model.safetensors", 8 << 30 + 1)] {
      let hub = try FakeHub { request, _ in
        guard request.path.hasSuffix(name) else { return nil }
        return .init(200, fields: ["X-Linked-Size": "\(size)"], framing: .length(size))
      }
      try withTrial { trial in
        #expect(
          trial.failure(hub.server.url)
            == "\(name) is too large: it has \(size) bytes, the limit is \(name == "config.json" ? 4_000_000 : 8 << 30)"
        )
        #expect(!hub.log.contains("GET \(name)"))
      }
    }
  }

  @Test func needsDiskSpace() throws {
    let hub = try FakeHub { request, _ in
      guard request.path.hasSuffix(".safetensors") else { return nil }
      return .init(200, framing: .length(1 << 50))
    }
    try withTrial { trial in
      trial.client.weightsLimit = .max
      let failure = trial.failure(hub.server.url)
      #expect(failure.hasPrefix("\(trial.folder) has "))
      #expect(
        failure.hasSuffix(
          "the download needs \(1 << 50); free some space, or set EFFNET_CACHE to another folder"))
    }
  }

  @Test(arguments: [
    ("{", "ada/tiny config.json: it is not JSON, or has a number that is too large or not whole"),
    ("[]", "ada/tiny config.json: it is not a JSON object"),
    ("{\"architecture\": 1}", "ada/tiny config.json: 'architecture' has a value of the wrong type"),
    ("", "ada/tiny config.json: it is not JSON, or has a number that is too large or not whole"),
    (
      "\n<!DOCTYPE html>",
      "cannot download config.json: SITE answers with a web page; is it the login page of a network? "
        + "Log in with a browser, or set HF_ENDPOINT to another server"
    ),
  ])
  func checksTheConfigurationFirst(json: String, expected: String) throws {
    let hub = try FakeHub(configuration: json)
    try withTrial { trial in
      #expect(trial.failure(hub.server.url) == expected.replacing("SITE", with: hub.server.url))
      #expect(trial.files == [])
      #expect(!hub.log.contains("HEAD model.safetensors"))
    }
  }

  @Test(arguments: ["echo hello; echo; echo", "true", "echo response_code=200 >&2; exit 3"])
  func refusesOtherPrograms(script: String) throws {
    try withTrial { trial in
      trial.client.curl = Curl(program: try trial.script(script))
      #expect(
        trial.failure("http://hub.test")
          .hasPrefix("cannot download config.json: http://hub.test gives no answer: "))
      #expect(trial.cache.snapshot(of: trial.repository) == nil)
    }
  }
}
