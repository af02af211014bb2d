import Foundation
import Testing

@testable import EfficientNetServing

@Suite("Access log") struct AccessLogTests {
  private func entry(target: String = "/v1/classify?top=3", status: Int = 200) -> AccessLogEntry {
    AccessLogEntry(
      time: 1_796_137_445_123, id: "c0ffee", method: "POST", target: target, status: status,
      duration: .microseconds(12_345))
  }

  private func full() -> AccessLogEntry {
    var entry = entry()
    entry.route = "/v1/classify"
    (entry.bytesIn, entry.bytesOut) = (110_021, 512)
    entry.times = PhotoTimes(
      queue: .zero, decode: .microseconds(1400), compute: .microseconds(8_600_123) / 1000)
    (entry.model, entry.photos) = ("lite0", 1)
    (entry.client, entry.user, entry.userAgent) = ("127.0.0.1", "camera-7", "curl/7.88.1")
    entry.traceID = "0af7651916cd43dd8448eb211c80319c"
    return entry
  }

  private func fields(_ entry: AccessLogEntry) throws -> [String: Any] {
    let line = entry.line(.json)
    #expect(!line.contains { $0.isNewline })
    return try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
  }

  @Test("a line has the fields in order, and only those that the request has")
  func json() {
    #expect(
      full().line(.json)
        == #"{"time":"2026-12-01T15:04:05.123Z","level":"info","id":"c0ffee","method":"POST","#
        + #""path":"/v1/classify?top=3","route":"/v1/classify","status":200,"bytes_in":110021,"#
        + #""bytes_out":512,"duration_ms":12.345,"queue_ms":0.0,"decode_ms":1.4,"#
        + #""compute_ms":8.6,"model":"lite0","photos":1,"client":"127.0.0.1","user":"camera-7","#
        + #""user_agent":"curl/7.88.1","trace_id":"0af7651916cd43dd8448eb211c80319c"}"#)
    #expect(
      entry(status: 404).line(.json)
        == #"{"time":"2026-12-01T15:04:05.123Z","level":"warning","id":"c0ffee","#
        + #""method":"POST","path":"/v1/classify?top=3","status":404,"bytes_in":0,"#
        + #""bytes_out":0,"duration_ms":12.345}"#)
  }

  @Test("the text for a terminal is short")
  func text() {
    var entry = full()
    #expect(
      entry.line(.text)
        == "2026-12-01T15:04:05.123Z 200 POST /v1/classify?top=3 12.345 ms "
        + "(queue 0.0, decode 1.4, compute 8.6) lite0 camera-7")
    (entry.photos, entry.error) = (3, "no\nmemory\u{202E}")
    #expect(entry.line(.text).hasSuffix(" lite0 3 photos camera-7: no?memory?"))
  }

  @Test("text from a request breaks no line and controls no terminal")
  func escapes() throws {
    let hostile = "a\"\\\n\r\t\u{0}\u{1B}[31m\u{7F}\u{85}\u{2028}\u{202E}é😀"
    var entry = entry(target: "/\(hostile)")
    (entry.userAgent, entry.error, entry.method) = (hostile, hostile, hostile)
    let line = entry.line(.json)
    #expect(line.unicodeScalars.allSatisfy { !$0.properties.isBidiControl })
    #expect(line.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control })
    let fields = try fields(entry)
    #expect(fields["user_agent"] as? String == hostile)
    #expect(fields["path"] as? String == "/\(hostile)")
    #expect(
      entry.line(.text).unicodeScalars.allSatisfy { $0.properties.generalCategory != .control })
  }

  @Test(
    "unknown parameters are not shown",
    arguments: [
      ("/", "/"), ("/?", "/?"), ("/?top=3&model=b0", "/?top=3&model=b0"),
      ("/?token=secret&top=3", "/?…&top=3"), ("/?secret", "/?…"), ("/?a=top=3", "/?…"),
      ("/?top=3?token=x", "/?top=3?token=x"), ("/?Top=3", "/?…"), ("/?top", "/?top"),
    ])
  func secrets(target: String, path: String) throws {
    #expect(try fields(entry(target: target))["path"] as? String == path)
  }

  @Test("long texts are shortened")
  func lengths() {
    var entry = entry(target: "/" + String(repeating: "a", count: 100_000))
    entry.userAgent = String(repeating: "é", count: 100_000)
    entry.error = String(repeating: "x", count: 100_000)
    entry.method = String(repeating: "M", count: 100_000)
    #expect(entry.line(.json).utf8.count < 4000)
    #expect(entry.line(.text).utf8.count < 4000)
  }

  @Test("times have exactly their milliseconds")
  func times() {
    for base in [Int64(0), 951_782_400_000, 1_796_137_445_000, 4_102_444_799_000] {
      for millisecond in 0..<Int64(1000) {
        let text = logTime(base + millisecond)
        #expect(text.hasSuffix(".\(String(1000 + millisecond).dropFirst())Z"))
      }
    }
    #expect(logTime(0) == "1970-01-01T00:00:00.000Z")
    #expect(logTime(951_782_400_000) == "2000-02-29T00:00:00.000Z")
    #expect(logTime(4_102_444_799_999) == "2099-12-31T23:59:59.999Z")
  }

  @Test(
    "levels",
    arguments: [
      (200, "info"), (304, "info"), (400, "warning"), (499, "warning"), (500, "error"),
      (501, "error"), (503, "warning"), (504, "error"),
    ])
  func levels(status: Int, level: String) throws {
    #expect(try fields(entry(status: status))["level"] as? String == level)
  }

  @Test("messages of the server have both forms")
  func events() {
    var event = LogEvent(.error, "pets:\nno \"file\"")
    event.time = 0
    #expect(
      event.line(.json)
        == #"{"time":"1970-01-01T00:00:00.000Z","level":"error","message":"pets:\u000ano \"file\""}"#
    )
    #expect(event.line(.text) == "1970-01-01T00:00:00.000Z error pets:?no \"file\"")
  }
}
