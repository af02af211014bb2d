import EfficientNet
import EfficientNetFormats
import EfficientNetHub
import EfficientNetTestSupport
import Foundation
import Testing

@Suite("Refusals of a hub")
struct HubRefusalTests {
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
      .init(status, fields: ["X-Error-Code": code, "X-Error-Message": "you sent \(FakeHub.token)"])
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
  func waitsAsTheServerAsks(status: Int, field: String) throws {
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

  @Test func refusesLongWaits() throws {
    let hub = try FakeHub { _, _ in .init(429, fields: ["Retry-After": "1"]) }
    try withTrial { trial in
      #expect(
        trial.failure(hub.server.url)
          == "cannot download config.json: \(hub.server.url) is too busy (status 429); try again later"
      )
      #expect(hub.server.requests.count == 6)
    }
  }
}
