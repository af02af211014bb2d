import EfficientNet
import EfficientNetReports
import EfficientNetTestSupport
import Foundation
import Testing

@testable import EfficientNetTraining

private let folder = ProcessInfo.processInfo.environment["EFFNET_REPORTS"]

/// Pages to view in a browser: `EFFNET_REPORTS=/tmp/reports swift test --filter SampleReportTests`.
@Suite("Sample reports", .enabled(if: folder != nil, "EFFNET_REPORTS names no folder"))
struct SampleReportTests {
  private func write(_ text: String, _ name: String) throws {
    let folder = try #require(folder)
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try text.write(toFile: "\(folder)/\(name)", atomically: true, encoding: .utf8)
  }

  @Test(arguments: [(10, 10), (30, 1), (100, 350)])
  func training(classes: Int, epochs: Int) throws {
    let names = (0..<classes).map { ReportTests.animals[$0 % 10] + ($0 < 10 ? "" : " \($0 / 10)") }
    let report = try SampleReports.training(classes: names, epochs: epochs, photos: 100 * classes)
    try write(report.html(), "training-\(classes).html")
  }

  @Test func hostile() throws {
    var report = try SampleReports.training(
      classes: SampleReports.hostile, epochs: 5, photos: 500)
    report.title = SampleReports.hostile[0]
    report.model.architecture.name = SampleReports.hostile[2]
    try write(report.html(), "hostile.html")
  }

  @Test(arguments: [0, 0.1]) func rates(noise: Double) throws {
    let report = try RateTestReport(
      title: "photos", test: RateTestTests.example(steps: 150, noise: noise),
      command: "effnet find-lr photos/",
      settings: SampleConfiguration())
    try write(report.html(), "rates-\(noise).html")
  }
}
