import EfficientNet
import EfficientNetFormats
import EfficientNetHub
import EfficientNetTestSupport
import Foundation
import Testing

@Suite("Redirects of a hub")
struct HubRedirectTests {
  /// Redirects to another port of the same machine, and to the same port by another name.
  @Test(arguments: [false, true])
  func sendsTheTokenToTheHubOnly(isByName: Bool) throws {
    let other = try LoopbackServer { FakeHub.weightsReply($0) }
    let otherPort = other.port
    let hub = try FakeHub { request, _ in
      guard request.path.hasPrefix("/ada/"), request.path.hasSuffix(".safetensors") else {
        return nil
      }
      let port = request["Host"]?.split(separator: ":").last ?? ""
      let location =
        isByName
        ? "http://localhost:\(port)/signed/model.safetensors"
        : "http://127.0.0.1:\(otherPort)/signed?x=\"1\"&y=%5C2"
      return .init(302, fields: FakeHub.weightsFields.merging(["Location": location]) { $1 })
    }
    try withTrial { trial in
      let snapshot = try trial.pull(hub.server.url)
      #expect(try bytes(snapshot.weightsPath) == FakeHub.weights)
    }
    let own = hub.server.requests.filter { $0.path.hasPrefix("/ada/") }
    #expect(
      own.map { $0["Authorization"] } == Array(repeating: "Bearer \(FakeHub.token)", count: 4))
    let elsewhere =
      isByName ? hub.server.requests.filter { !$0.path.hasPrefix("/ada/") } : other.requests
    #expect(
      elsewhere.map(\.path)
        == [isByName ? "/signed/model.safetensors" : "/signed?x=\"1\"&y=%5C2"])
    #expect(elsewhere.allSatisfy { $0["Authorization"] == nil })
  }

  @Test func followsRenames() throws {
    let hub = try FakeHub { request, _ in
      guard request.path.hasPrefix("/ada/tiny/") else { return nil }
      let path = request.path.dropFirst("/ada/tiny".count)
      return .init(307, fields: ["Location": "/ada/renamed\(path)"])
    }
    try withTrial { trial in
      let snapshot = try trial.pull(hub.server.url)
      #expect(try bytes(snapshot.weightsPath) == FakeHub.weights)
      #expect(snapshot.source.commit == FakeHub.commit)
      #expect(hub.server.requests.allSatisfy { $0["Authorization"] != nil })
    }
  }

  @Test(arguments: [
    ("/ada/tiny/resolve/main/config.json", "redirects more than 5 times"),
    ("ftp://127.0.0.1/", "gives no answer: Protocol \"ftp\" not supported or disabled in libcurl"),
    ("http://user@127.0.0.1/", "gives no answer: Login denied"),
    ("http://127.0.0.1\\@example.com/", "gives no answer: Login denied"),
    (
      "file:///etc/passwd",
      "gives no answer: Protocol \"file\" not supported or disabled in libcurl"
    ),
  ])
  func refusesRedirects(location: String, expected: String) throws {
    let hub = try FakeHub { _, _ in
      .init(302, fields: FakeHub.weightsFields.merging(["Location": location]) { $1 })
    }
    try withTrial { trial in
      let failure = trial.failure(hub.server.url)
      #expect(failure.hasPrefix("cannot download config.json: \(hub.server.url) \(expected)"))
      // The HEAD request and the request that curl makes for the redirect.
      #expect(hub.server.requests.count == (location.hasPrefix("/") ? 6 : 2))
      #expect(trial.cache.snapshot(of: trial.repository) == nil)
    }
  }

  /// A redirect to another server is refused: only the hub's own answer describes a file.
  @Test(arguments: [301, 302, 308])
  func refusesFilesOfOtherServersWithoutDigest(status: Int) throws {
    let other = try FakeHub()
    let otherURL = other.server.url
    let hub = try FakeHub { request, _ in
      .init(status, fields: ["Location": otherURL + request.path, "X-Repo-Commit": FakeHub.commit])
    }
    try withTrial { trial in
      #expect(
        trial.failure(hub.server.url)
          == "cannot download config.json: \(hub.server.url) redirects to \(otherURL); "
          + "set HF_ENDPOINT to it")
      #expect(other.log == [])
      #expect(trial.files == [])
    }
  }

  /// Curl may follow redirects from https to https only.
  @Test(arguments: [("https", "=https"), ("http", "=http,https")])
  func redirectsStayEncrypted(scheme: String, expected: String) throws {
    try withTrial { trial in
      let script = try trial.script("cat > \"$0.settings\"")
      trial.client.curl = Curl(program: script)
      _ = trial.failure("\(scheme)://hub.test")
      let settings = try text(script + ".settings").split(separator: "\n")
      #expect(settings.contains("proto = \"\(expected)\""))
      #expect(settings.contains("proto-redir = \"\(expected)\""))
    }
  }
}
