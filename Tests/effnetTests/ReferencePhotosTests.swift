import Foundation
import Testing

/// Compares the whole program with PyTorch's predictions for 500 photos. Photos and weights are not
/// in the repository; without them, the test is skipped.
@Suite("500 photos")
struct ReferencePhotosTests {
  static let photos = CommandLineTool.root.deletingLastPathComponent()
    .appending(path: "shared/data/imagenet-sample").path
  static let reference = "\(photos)/reference-lite0.tsv"
  static let weights: String = {
    let environment = ProcessInfo.processInfo.environment
    let cache =
      environment["EFFNET_CACHE"]
      ?? environment["XDG_CACHE_HOME"].map { "\($0)/effnet" }
      ?? "\(environment["HOME"] ?? "")/.cache/effnet"
    return "\(cache)/lite0.safetensors"
  }()
  static var isPossible: Bool {
    FileManager.default.fileExists(atPath: reference)
      && FileManager.default.fileExists(atPath: weights)
  }

  private struct Line: Decodable {
    struct Class: Decodable {
      let index: Int
      let logit: Double
    }
    let predictions: [Class]?
  }

  /// Returns the predictions for each photo. The table beside the photos has a line without any.
  private func predictions(_ arguments: [String] = []) throws -> [[Line.Class]] {
    let output = try CommandLineTool.effnet(
      arguments: ["classify", Self.photos, "--weights", Self.weights, "--json", "--quiet"]
        + arguments)
    try #require(output.status == 0)
    return try output.lines.compactMap {
      try JSONDecoder().decode(Line.self, from: Data($0.utf8)).predictions
    }
  }

  @Test(
    "lite0's predictions equal PyTorch's",
    .enabled(
      if: isPossible,
      "needs \(photos) and \(weights) ('effnet pull lite0')"))
  func lite0() throws {
    let photos = try predictions()
    let rows = try String(contentsOfFile: Self.reference, encoding: .utf8)
      .split(separator: "\n").dropFirst().map { $0.split(separator: "\t") }
      .sorted { $0[0] < $1[0] }
    try #require(rows.count == photos.count)
    var agreeing = 0
    var top1 = 0
    var top5 = 0
    var close = 0
    for (row, best) in zip(rows, photos) {
      let theirs = row[2].split(separator: ",").compactMap { Int($0) }
      let truth = try #require(Int(row[1]))
      agreeing += best[0].index == theirs[0] ? 1 : 0
      top1 += best[0].index == truth ? 1 : 0
      top5 += best.contains { $0.index == truth } ? 1 : 0
      close += try abs(best[0].logit - #require(Double(row[3]))) <= 0.01 ? 1 : 0
    }
    let count = Double(rows.count)
    #expect(agreeing >= rows.count - 1)
    #expect(Double(close) >= 0.99 * count)
    #expect(abs(100 * Double(top1) / count - 88.4) <= 0.2)
    #expect(abs(100 * Double(top5) / count - 97.2) <= 0.2)
  }

  @Test(
    "lite0 in 16 bits gives nearly the same predictions and the same accuracy",
    .enabled(if: isPossible, "needs \(photos) and \(weights) ('effnet pull lite0')"))
  func halves() throws {
    func best(_ precision: String) throws -> [Int] {
      try predictions(["--precision", precision]).map { $0[0].index }
    }
    let (full, half, fp16) = (try best("fp32"), try best("bf16"), try best("fp16"))
    let truth = try String(contentsOfFile: Self.reference, encoding: .utf8)
      .split(separator: "\n").dropFirst().map { $0.split(separator: "\t") }
      .sorted { $0[0] < $1[0] }.map { Int($0[1]) }
    try #require(full.count == truth.count && half.count == truth.count)
    func share(_ count: Int) -> Double { Double(count) / Double(truth.count) }
    #expect(share(zip(full, half).count { $0 == $1 }) >= 0.98)
    #expect(share(zip(full, fp16).count { $0 == $1 }) >= 0.998)
    let right = (zip(full, truth).count { $0 == $1 }, zip(half, truth).count { $0 == $1 })
    #expect(abs(share(right.0) - share(right.1)) <= 0.004)
  }
}
