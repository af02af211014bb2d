import EfficientNet
import EfficientNetFormats
import EfficientNetHub
import EfficientNetTestSupport
import Foundation
import Testing

@Suite("Partial downloads from a hub")
struct HubRangeTests {
  @Test(arguments: ["ignored", "416", "another part", "another file", "no range"])
  func restartsIfTheRangeIsWrong(fault: String) throws {
    let hub = try FakeHub { request, index in
      guard request.method == "GET", request.path.hasSuffix(".safetensors") else { return nil }
      var reply = FakeHub.weightsReply(request)
      if index == 0 { reply.delivery = .cut(after: 30_000) }
      guard index == 1 else { return reply }
      switch fault {
      case "ignored": return .init(200, body: FakeHub.weights)
      case "416": return .init(416)
      case "another part": reply.fields["Content-Range"] = "bytes 20000-99999/100000"
      case "another file": reply.fields["Content-Range"] = "bytes 30000-99999/100001"
      default: reply.fields["Content-Range"] = nil
      }
      return reply
    }
    try withTrial { trial in
      let snapshot = try trial.pull(hub.server.url)
      #expect(try bytes(snapshot.weightsPath) == FakeHub.weights)
      let ranges = hub.server.requests.filter { $0.method == "GET" }.dropFirst(2)
        .map { $0["Range"] }
      #expect(ranges == ["bytes=30000-", nil])
    }
  }

  /// A part stays if the server refuses the rest for now; an error page's body is not appended.
  @Test(arguments: [(403, 30_000), (204, 30_000), (302, 30_000), (302, 0)])
  func keepsPartsOfTheFileOnly(status: Int, kept: Int) throws {
    let hub = try FakeHub { request, index in
      guard request.method == "GET", request.path.hasSuffix(".safetensors") else { return nil }
      if kept > 0, index == 0 {
        var reply = FakeHub.weightsReply(request)
        reply.delivery = .cut(after: kept)
        return reply
      }
      guard index == (kept > 0 ? 1 : 0) else { return nil }
      return .init(status, body: status == 204 ? [] : Array("junk".utf8))
    }
    try withTrial { trial in
      #expect(trial.failure(hub.server.url) != "")
      let partial = "\(trial.folder)/.model.safetensors.\(FakeHub.weightsDigest).partial"
      let part = try bytes(partial)
      #expect(part == Array(FakeHub.weights.prefix(kept)))
      let snapshot = try trial.pull(hub.server.url)
      #expect(try bytes(snapshot.weightsPath) == FakeHub.weights)
    }
  }

  /// Bytes of another file are dropped, with and without a digest.
  @Test(arguments: ["redirect", "another file", "no part"], [false, true])
  func refusesBytesOfOtherFiles(fault: String, hasDigest: Bool) throws {
    let hub = try FakeHub { request, index in
      guard request.path.hasSuffix(".safetensors") else { return nil }
      var reply = FakeHub.weightsReply(request)
      if !hasDigest { reply.fields = reply.fields.filter { $0.key == "Content-Range" } }
      reply.fields["ETag"] = "W/\"1\""
      guard request.method == "GET" else { return reply }
      let junk = [UInt8](repeating: 7, count: 170_000)
      switch (fault, index) {
      case ("redirect", 0): return .init(302, body: junk, delivery: .cut(after: 30_000))
      case (_, 0): reply.delivery = .cut(after: 30_000)
      case ("another file", 1) where reply.status == 206:
        return .init(
          206, fields: ["Content-Range": "bytes 30000-199999/200000"], body: junk,
          delivery: .cut(after: 20_000))
      case ("no part", 1) where reply.status == 206:
        return .init(
          206, fields: ["Content-Range": "bytes */100000"], body: Array(junk.prefix(70_000)))
      default: break
      }
      return reply
    }
    try withTrial { trial in
      let snapshot = try trial.pull(hub.server.url)
      #expect(try bytes(snapshot.weightsPath) == FakeHub.weights)
      let ranges = hub.server.requests.map { $0["Range"] }
      #expect(ranges.last == .some(nil))
      #expect(ranges.contains("bytes=30000-") == (hasDigest && fault != "redirect"))
    }
  }

  /// If HEAD gives no size, the total of a range does.
  @Test func requestsTheRestOfAPart() throws {
    let hub = try FakeHub { request, index in
      guard request.path.hasSuffix(".safetensors") else { return nil }
      var reply = FakeHub.weightsReply(request)
      reply.fields["X-Linked-Size"] = nil
      if request.method == "HEAD" { reply.framing = .close }
      if request.method == "GET", index == 0 { reply.delivery = .cut(after: 30_000) }
      if request.method == "GET", index == 1 {
        reply.fields["Content-Range"] = "bytes 30000-59999/100000"
        reply.body = Array(reply.body.prefix(30_000))
      }
      return reply
    }
    try withTrial { trial in
      let snapshot = try trial.pull(hub.server.url)
      #expect(try bytes(snapshot.weightsPath) == FakeHub.weights)
      let ranges = hub.server.requests.filter { $0.method == "GET" }.map { $0["Range"] }
      #expect(ranges == [nil, nil, "bytes=30000-", "bytes=60000-"])
    }
  }

  /// A size or a digest is necessary to recognize a truncated file.
  @Test(arguments: [
    (LoopbackServer.Reply.Framing.close, false), (.length(nil), true), (.chunked, true),
  ])
  func needsSizeOrDigest(framing: LoopbackServer.Reply.Framing, isTaken: Bool) throws {
    let hub = try FakeHub { request, _ in
      guard request.path.hasSuffix(".json") else { return nil }
      let body = Array(FakeHub.configuration.utf8)
      return .init(200, body: body, framing: request.method == "HEAD" ? .close : framing)
    }
    try withTrial { trial in
      #expect(
        trial.failure(hub.server.url)
          == (isTaken
            ? ""
            : "cannot download config.json: \(hub.server.url) gives neither its size nor a digest"))
      #expect(trial.files.isEmpty == !isTaken)
    }
  }

  @Test func restartsIfTheContentsChanged() throws {
    let hub = try FakeHub()
    try withTrial { trial in
      try FileManager.default.createDirectory(
        atPath: trial.folder, withIntermediateDirectories: true)
      let old = "\(trial.folder)/.model.safetensors.0123.partial"
      try "old".write(toFile: old, atomically: true, encoding: .utf8)
      try trial.pull(hub.server.url)
      #expect(hub.server.requests.allSatisfy { $0["Range"] == nil })
      #expect(trial.files == ["config.json", "model.safetensors", "source.json"])
    }
  }
}
