import EfficientNetTestSupport
import Foundation
import Testing

@testable import EfficientNetServing
@testable import EfficientNetSystem

@Suite("Metrics") struct ServerMetricsTests {
  private let lite0 = ModelLabel(name: "lite0")
  private let process = ProcessUsage(
    stat: "7 (effnet) S 1 7 7 0 -1 0 0 0 0 0 250 150 0 0 20 0 6 0 4200 99999 30 0 0",
    machine: "btime 1700000000\n", openFiles: 9, ticksPerSecond: 100, pageBytes: 4096)

  /// Metrics after some requests. Their durations have no rounding errors.
  private func example() -> ServerMetrics {
    let metrics = ServerMetrics(lanes: 2)
    for model in [lite0, ModelLabel(name: "pets \"é\"\\\n", version: "2")] {
      metrics.load(
        .init(precision: "bf16", instructionSet: "avx512", sha256: "0a", duration: .seconds(1.5)),
        of: model)
    }
    metrics.beginRequest()
    metrics.beginRequest()
    metrics.beginWait(of: lite0)
    metrics.beginWait(of: lite0)
    metrics.endWait(of: lite0)
    metrics.beginWork()
    metrics.beginWork()
    metrics.endWork(after: .seconds(0.5))
    let times = PhotoTimes(
      queue: .zero, decode: .seconds(0.0078125), compute: .seconds(0.25), answer: .seconds(0.125))
    metrics.count(times, of: lite0)
    metrics.count(.ok, of: lite0, after: .seconds(0.5))
    for outcome in Outcome.allCases { metrics.count(outcome, of: lite0, after: .seconds(16)) }
    metrics.count(.invalid, of: nil, after: .zero)
    metrics.count(.invalid, of: ModelLabel(name: "from a client"), after: .zero)
    metrics.countLookup(isHit: true)
    metrics.countLookup(isHit: false)
    metrics.countLookup(isHit: false)
    metrics.endRequest(method: "POST", route: "/v1/classify", status: 200, after: .seconds(0.5))
    metrics.beginRequest()
    metrics.endRequest(method: "BREW", route: "", status: 405, after: .seconds(0.001))
    return metrics
  }

  private func gauges() -> ServerMetrics.Gauges {
    .init(
      waitEstimate: .milliseconds(250), bytesInFlight: 110_000, droppedLogLines: 3,
      process: process)
  }

  /// Tools/serving/check_metrics.py checks the same file with Prometheus' parser.
  @Test("the text has all families")
  func text() throws {
    let text = example().text(gauges())
    let url = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../Fixtures/metrics.txt")
    if ProcessInfo.processInfo.environment["EFFNET_FIXTURES"] == "write" {
      try Data(text.utf8).write(to: url)
    }
    #expect(text == (try String(contentsOf: url, encoding: .utf8)))
  }

  @Test("a server without models and without /proc has the other families")
  func empty() {
    let text = ServerMetrics(lanes: 1).text(.init(process: nil))
    #expect(text.contains("\neffnet_lanes 1\n"))
    #expect(!text.contains("nv_inference") && !text.contains("process_"))
    #expect(!text.contains("http_server_request_duration_seconds"))
  }

  @Test("buckets include their bounds and count up")
  func buckets() {
    var histogram = Histogram()
    for duration in [
      Duration.zero, .milliseconds(1), .microseconds(1001), .seconds(10), .seconds(11),
    ] {
      histogram.record(duration)
    }
    #expect(histogram.counts[0] == 2 && histogram.counts[1] == 1)
    #expect(histogram.counts.suffix(2) == [1, 1])
    #expect(histogram.count == 5)
    #expect(abs(histogram.sum - 21.002001) < 1e-9)
  }

  @Test("labels and values are escaped as the format demands")
  func escapes() {
    var text = MetricsText()
    text.add("a", .gauge, "Help.", [([("b", "\\ \" \n ä")], 0.1), ([], -2), ([], 1e300)])
    #expect(
      text.text
        == "# HELP a Help.\n# TYPE a gauge\na{b=\"\\\\ \\\" \\n ä\"} 0.1\na -2\na 1e+300\n")
  }

  @Test("clients cannot create labels")
  func cardinality() {
    let metrics = ServerMetrics(lanes: 1)
    for index in 0..<1000 {
      metrics.endRequest(method: "M\(index)", route: "", status: 405, after: .zero)
      metrics.count(.invalid, of: ModelLabel(name: "m\(index)"), after: .zero)
    }
    #expect(metrics.text(.init()).split(separator: "\n").count < 100)
    #expect(metrics.metrics(of: ModelLabel(name: "m0")) == nil)
  }

  @Test("counters remain after an unload, and continue after a reload")
  func reload() throws {
    let metrics = example()
    metrics.unload(lite0)
    #expect(!metrics.text(gauges()).contains("effnet_model_info{model=\"lite0\""))
    #expect(
      metrics.text(gauges()).contains("effnet_photos_total{model=\"lite0\",version=\"1\"} 1\n"))
    metrics.count(PhotoTimes(queue: .zero, decode: .zero, compute: .zero), of: lite0)
    #expect(try #require(metrics.metrics(of: lite0)).photos == 2)
  }

  @Test("many threads count together")
  func threads() async {
    let metrics = example()
    await withTaskGroup { group in
      for _ in 0..<8 {
        group.addTask { [lite0] in
          for _ in 0..<1000 {
            metrics.beginRequest()
            metrics.count(
              PhotoTimes(queue: .zero, decode: .zero, compute: .milliseconds(1)), of: lite0)
            metrics.endRequest(method: "GET", route: "/", status: 200, after: .zero)
          }
        }
      }
    }
    #expect(metrics.metrics(of: lite0)?.photos == 8001)
    #expect(metrics.text(gauges()).contains("\nhttp_server_active_requests 1\n"))
  }
}
