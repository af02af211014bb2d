import EfficientNet
import EfficientNetFormats
import EfficientNetHub
import EfficientNetTestSupport
import Foundation
import Testing

@Suite struct HubPullTests {
  private func bytes(_ path: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(filePath: path)))
  }

  // MARK: Success

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
      #expect(
        hub.server.requests.allSatisfy { $0["Authorization"] == "Bearer \(FakeHub.token)" })

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

  @Test func takesPyTorchWhereNothingElseIs() throws {
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
  func takesEveryFraming(framing: LoopbackServer.Reply.Framing) throws {
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

  // MARK: Redirects

  /// Redirects to another port of the same machine, and to the same port by another name.
  @Test(arguments: [false, true])
  func tellsNobodyElseTheToken(isByName: Bool) throws {
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
  func needsTheHubItself(status: Int) throws {
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
  func staysEncrypted(scheme: String, expected: String) throws {
    try withTrial { trial in
      let script = try trial.script("cat > \"$0.settings\"")
      trial.client.curl = Curl(program: script)
      _ = trial.failure("\(scheme)://hub.test")
      let settings = try text(script + ".settings").split(separator: "\n")
      #expect(settings.contains("proto = \"\(expected)\""))
      #expect(settings.contains("proto-redir = \"\(expected)\""))
    }
  }

  // MARK: Broken connections

  @Test func goesOnAfterBreaks() throws {
    let hub = try FakeHub { request, index in
      guard request.method == "GET", request.path.hasSuffix(".safetensors"), index < 2 else {
        return nil
      }
      var reply = FakeHub.weightsReply(request)
      reply.delivery = .cut(after: 30_000)
      return reply
    }
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

  @Test func givesUpAndGoesOnNextTime() throws {
    let hub = try FakeHub { request, index in
      guard request.method == "GET", request.path.hasSuffix(".safetensors"), index < 6 else {
        return nil
      }
      var reply = FakeHub.weightsReply(request)
      reply.delivery = .cut(after: 10_000)
      return reply
    }
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
      #expect(
        trial.messages.last == "resuming model.safetensors at 60000 bytes of 100000 bytes")
      #expect(trial.files == ["config.json", "model.safetensors", "source.json"])
    }
  }

  /// A part that no digest can check is removed.
  @Test(arguments: [true, false]) func givesUpWhereNothingComes(hasDigest: Bool) throws {
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

  @Test func explainsSilence() throws {
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
  func takesNoEndlessHead(text: String) throws {
    let hub = try FakeHub { _, _ in .init(200, delivery: .endlessHead(text)) }
    try withTrial { trial in
      #expect(
        trial.failure(hub.server.url)
          == "cannot download config.json: \(hub.server.url) gives no answer: its head is too long")
      #expect(hub.server.requests.count == 1)
    }
  }

  @Test func finishesWithoutTheNetworkWhatOnlyHasToBeNamed() throws {
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

  @Test func downloadsAgainWhatIsDamaged() throws {
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

  // MARK: Ranges

  @Test(arguments: ["ignored", "416", "another part", "another file", "no range"])
  func startsAnew(fault: String) throws {
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
  func keepsPartsOnly(status: Int, kept: Int) throws {
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
  func takesNoOtherBytes(fault: String, hasDigest: Bool) throws {
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
  @Test func asksForTheRestOfAPart() throws {
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

  /// A size or a digest is necessary to recognise a truncated file.
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

  @Test func neverGoesOnWithOtherContents() throws {
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

  // MARK: Refusals

  @Test(arguments: [
    (404, "EntryNotFound", "SITE has no file config.json in ada/tiny"),
    (404, "RevisionNotFound", "SITE has no file config.json in ada/tiny"),
    (
      401, "RepoNotFound",
      "SITE refuses ada/tiny: it is gated or private and HF_TOKEN gives no access to it, "
        + "or it does not exist"
    ),
    (403, "GatedRepo", "SITE refuses ada/tiny: it is gated or private and HF_TOKEN gives"),
    (
      418, "",
      "cannot download config.json: SITE answers with status 418; try again later, or set HF_ENDPOINT to another server"
    ),
  ])
  func explainsRefusals(status: Int, code: String, expected: String) throws {
    let hub = try FakeHub { request, _ in
      .init(
        status, fields: ["X-Error-Code": code, "X-Error-Message": "you sent \(FakeHub.token)"])
    }
    try withTrial { trial in
      let failure = trial.failure(hub.server.url)
      #expect(failure.hasPrefix(expected.replacing("SITE", with: hub.server.url)))
      #expect(!failure.contains(FakeHub.token))
      #expect(hub.server.requests.count == 1)
      #expect(trial.files == [])
      if status == 403 {
        trial.token = nil
        #expect(
          trial.failure(hub.server.url).hasSuffix(
            "or it does not exist; set HF_TOKEN to a token with access to it"))
      }
    }
  }

  @Test func needsWeights() throws {
    let hub = try FakeHub(weightsName: "flax_model.msgpack")
    try withTrial { trial in
      #expect(
        trial.failure(hub.server.url)
          == "\(hub.server.url) has neither model.safetensors nor pytorch_model.bin in ada/tiny")
    }
  }

  @Test(arguments: [429, 503], ["3", "date", "999", "none"])
  func waitsAsAsked(status: Int, field: String) throws {
    let hub = try FakeHub { request, index in
      guard request.method == "GET", request.path.hasSuffix(".safetensors"), index == 0 else {
        return nil
      }
      let format = DateFormatter()
      format.locale = Locale(identifier: "en_US_POSIX")
      format.timeZone = TimeZone(identifier: "GMT")
      format.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
      let value = field == "date" ? format.string(from: Date(timeIntervalSinceNow: 60.9)) : field
      return .init(status, fields: field == "none" ? [:] : ["Retry-After": value])
    }
    try withTrial { trial in
      try trial.pull(hub.server.url)
      let seconds = ["3": 3...3, "date": 58...61, "999": 120...120, "none": 1...1][field]
      let wait = Int(trial.messages.last?.split(separator: " ").dropLast().last ?? "") ?? -1
      #expect(seconds?.contains(wait) == true)
      #expect(
        trial.messages.last
          == "\(hub.server.url) is busy (status \(status)), trying again in \(wait) s")
    }
  }

  @Test func waitsNotForEver() throws {
    let hub = try FakeHub { _, _ in .init(429, fields: ["Retry-After": "1"]) }
    try withTrial { trial in
      #expect(
        trial.failure(hub.server.url)
          == "cannot download config.json: \(hub.server.url) is too busy (status 429); try again later"
      )
      #expect(hub.server.requests.count == 6)
    }
  }

  // MARK: Wrong contents

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

  @Test func checksWhatGitKnows() throws {
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

  @Test func takesNoEndlessBody() throws {
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

  @Test func takesNoHugeFile() throws {
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

  @Test func needsRoom() throws {
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
    (
      "{\"architecture\": 1}",
      "ada/tiny config.json: 'architecture' has a value of the wrong type"
    ),
    ("", "ada/tiny config.json: it is not JSON, or has a number that is too large or not whole"),
    (
      "\n<!DOCTYPE html>",
      "cannot download config.json: SITE answers with a web page; is it the login page of a network? "
        + "Log in with a browser, or set HF_ENDPOINT to another server"
    ),
  ])
  func looksAtTheConfigurationFirst(json: String, expected: String) throws {
    let hub = try FakeHub(configuration: json)
    try withTrial { trial in
      #expect(
        trial.failure(hub.server.url) == expected.replacing("SITE", with: hub.server.url))
      #expect(trial.files == [])
      #expect(!hub.log.contains("HEAD model.safetensors"))
    }
  }

  @Test(arguments: ["echo hello; echo; echo", "true", "echo response_code=200 >&2; exit 3"])
  func refusesWhatIsNoCurl(script: String) throws {
    try withTrial { trial in
      trial.client.curl = Curl(program: try trial.script(script))
      #expect(
        trial.failure("http://hub.test")
          .hasPrefix("cannot download config.json: http://hub.test gives no answer: "))
      #expect(trial.cache.snapshot(of: trial.repository) == nil)
    }
  }

  // MARK: The machine

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

  @Test func oneAtATime() throws {
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

  @Test func stopsWhenAskedAndShowsTheTokenToNobody() throws {
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
        guard commandLine.isEmpty, trial.received.last == 5000 else {
          return !commandLine.isEmpty
        }
        // The download hangs now.
        let id = (try? String(contentsOfFile: script + ".id", encoding: .utf8)) ?? ""
        let path = "/proc/\(id.filter(\.isNumber))/cmdline"
        commandLine = (try? self.text(path)) ?? "none"
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

  private func text(_ path: String) throws -> String {
    String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
  }
}

@Suite(.timeLimit(.minutes(10))) struct AsynchronousPullTests {
  @Test func pulls() async throws {
    let hub = try FakeHub()
    let folder = FileManager.default.temporaryDirectory.appending(path: "effnet-\(UUID())")
    defer { try? FileManager.default.removeItem(at: folder) }
    let cache = ModelCache(folder: folder.path)
    let messages = Locked<[String]>([])
    let snapshot = try await HubRepository("ada/tiny").pull(
      into: cache, from: HubEndpoint(url: hub.server.url),
      report: { message in messages.withLock { $0.append(message) } })
    #expect(Array(try Data(contentsOf: URL(filePath: snapshot.weightsPath))) == FakeHub.weights)
    #expect(messages.withLock { $0.count } == 2)
    await #expect(throws: HubError.self) {
      try await HubRepository("ada/none").pull(
        into: cache, from: HubEndpoint(url: "http://127.0.0.1:9"))
    }
  }

  @Test func endsWithItsTask() async throws {
    let hub = try FakeHub { request, _ in
      guard request.method == "GET", request.path.hasSuffix(".safetensors") else { return nil }
      var reply = FakeHub.weightsReply(request)
      reply.delivery = .hang(after: 5000)
      return reply
    }
    let folder = FileManager.default.temporaryDirectory.appending(path: "effnet-\(UUID())")
    defer { try? FileManager.default.removeItem(at: folder) }
    let received = Locked<Int64>(0)
    let task = Task { [url = hub.server.url, path = folder.path] in
      try await HubRepository("ada/tiny").pull(
        into: ModelCache(folder: path), from: HubEndpoint(url: url),
        progress: { progress in received.withLock { $0 = Int64(progress.received) } })
    }
    while received.withLock({ $0 < 5000 }) { try await Task.sleep(for: .milliseconds(5)) }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
  }
}
