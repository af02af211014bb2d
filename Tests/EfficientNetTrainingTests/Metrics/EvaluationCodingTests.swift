import EfficientNet
import Foundation
import Testing

@testable import EfficientNetTraining

@Suite("Evaluation as JSON")
struct EvaluationCodingTests {
  private func example() throws -> Evaluation {
    var evaluation = Evaluation(classes: [
      ClassLabel(name: "cat", wnid: "n02121808"), ClassLabel(name: "dog"), ClassLabel(name: "ox"),
    ])
    try evaluation.add(logits: [2, 1, 0], label: 0, sample: 4)
    try evaluation.add(logits: [2, 1, 0], label: 1, sample: 5)
    return evaluation
  }

  @Test("the JSON has the form that scripts rely on")
  func summary() throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let summary = EvaluationSummary(try example(), imagesPerSecond: 12.5)
    let object = try #require(
      JSONSerialization.jsonObject(with: encoder.encode(summary)) as? [String: Any])
    #expect(
      object.keys.sorted() == [
        "calibration_error", "classes", "confusion", "images", "images_per_second", "loss",
        "macro", "top1", "top1_count", "top1_interval", "top5", "top5_count", "top5_interval",
      ])
    #expect(object["top1_count"] as? Int == 1 && object["top5_count"] as? Int == 2)
    // From scipy 1.17.1: binomtest(1, 2).proportion_ci(method="wilson").
    let interval = try #require(object["top1_interval"] as? [Double])
    #expect(interval.count == 2 && abs(interval[0] - 0.094531) < 1e-6)
    #expect(abs(interval[0] + interval[1] - 1) < 1e-12)
    #expect(object["top1"] as? Double == 0.5 && object["images"] as? Int == 2)
    #expect(object["images_per_second"] as? Double == 12.5)
    #expect(object["confusion"] as? [[Int]] == [[0, 0, 1], [1, 0, 1]])
    let classes = try #require(object["classes"] as? [[String: Any]])
    #expect(classes.map { $0["name"] as? String } == ["cat", "dog", "ox"])
    #expect(classes[0]["precision"] as? Double == 0.5 && classes[0]["count"] as? Int == 1)
    #expect(classes[0]["hits"] as? Int == 1 && classes[0]["predictions"] as? Int == 2)
    #expect(classes[1]["precision"] is NSNull && classes[1]["recall"] as? Double == 0)
    #expect(classes[2]["f1"] is NSNull && classes[2]["recall"] is NSNull)
  }

  @Test("an evaluation without photos has null means")
  func empty() throws {
    let summary = EvaluationSummary(Evaluation(classes: ClassLabel.numbered(1)), imagesPerSecond: 0)
    let text = String(decoding: try JSONEncoder().encode(summary), as: UTF8.self)
    #expect(text.contains(#""macro":null"#))
  }

  @Test("ten thousand classes take little memory")
  func manyClasses() throws {
    let count = 10_000
    var evaluation = Evaluation(classes: ClassLabel.numbered(count))
    var logits = [Float](repeating: 0, count: count)
    for sample in 0..<500 {
      let said = sample * 17 % count
      logits[said] = 8
      try evaluation.add(logits: logits[...], label: sample * 19 % count, sample: sample)
      logits[said] = 0
    }
    #expect(evaluation.confusion.count == 500)
  }
}
