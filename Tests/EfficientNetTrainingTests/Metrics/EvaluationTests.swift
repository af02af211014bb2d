import EfficientNet
import EfficientNetReports
import Foundation
import Testing

@testable import EfficientNetTraining

@Suite("Evaluation")
struct EvaluationTests {
  /// Three photos of three classes, with the probabilities (0.7, 0.2, 0.1), (0.1, 0.6, 0.3) and
  /// (0.2, 0.3, 0.5).
  private func example() throws -> Evaluation {
    var evaluation = Evaluation(classes: ClassLabel.numbered(3))
    for (index, (row, label)) in [
      ([0.7, 0.2, 0.1], 0), ([0.1, 0.6, 0.3], 2), ([0.2, 0.3, 0.5], 2),
    ].enumerated() {
      try evaluation.add(logits: row.map { Float(log($0)) }[...], label: label, sample: index)
    }
    return evaluation
  }

  @Test("metrics equal those computed by hand")
  func hand() throws {
    let evaluation = try example()
    #expect(evaluation.images == 3)
    #expect(evaluation.top1 == 2.0 / 3 && evaluation.top5 == 1)
    #expect(abs(evaluation.loss + (log(0.7) + log(0.3) + log(0.5)) / 3) < 1e-7)
    let scores = evaluation.perClass
    #expect(scores.map(\.precision) == [1, 0, 1])
    #expect(scores.map(\.recall) == [1, nil, 0.5])
    #expect(scores.map(\.f1) == [1, 0, 2.0 / 3])
    #expect(scores.map(\.count) == [1, 0, 2])
    // Class 1 has no photos.
    #expect(evaluation.macro == MeanScore(precision: 1, recall: 0.75, f1: (1 + 2.0 / 3) / 2))
    #expect(
      evaluation.confusion.map { [$0.truth, $0.prediction, $0.count] }
        == [[0, 0, 1], [2, 1, 1], [2, 2, 1]])
    #expect(evaluation.mostConfused(9).map { [$0.truth, $0.prediction, $0.count] } == [[2, 1, 1]])
    #expect(abs(evaluation.calibration.error - (0.3 + 0.6 + 0.5) / 3) < 1e-7)
    let worst = try #require(evaluation.worst.first)
    #expect(evaluation.worst.count == 1)
    #expect((worst.sample, worst.label, worst.prediction) == (1, 2, 1))
    #expect(abs(worst.probability - 0.6) < 1e-7)
  }

  @Test("a photo's outcome is returned, and counts belong to the shares")
  func counts() throws {
    var evaluation = Evaluation(classes: ClassLabel.numbered(6))
    let wrong = try evaluation.add(logits: [0, 9, 0, 0, 0, 0], label: 0, sample: 7)
    let right = try evaluation.add(logits: [9, 0, 0, 0, 0, 0], label: 0, sample: 8)
    #expect(wrong == evaluation.worst[0] && !wrong.isRight && right.isRight)
    #expect((right.sample, right.label, right.prediction) == (8, 0, 0))
    try evaluation.add(logits: [5, 4, 3, 2, 1, 0], label: 5, sample: 9)
    #expect(evaluation.topOne == Proportion(1, of: 3) && evaluation.mistakes == 2)
    #expect(evaluation.topFive == Proportion(2, of: 3))
    #expect(evaluation.mostFrequentClass == Proportion(2, of: 3))
    let score = evaluation.perClass[0]
    #expect(score.recalled == Proportion(1, of: 2) && score.precise == Proportion(1, of: 2))
    #expect(try example().topFive == nil)
  }

  @Test("a network is near chance if its interval includes the most frequent class's share")
  func nearChance() throws {
    func evaluation(right: Int) throws -> Evaluation {
      var evaluation = Evaluation(classes: ClassLabel.numbered(2))
      for sample in 0..<100 {
        let label = sample % 2
        let best = sample < right ? label : 1 - label
        try evaluation.add(logits: best == 0 ? [1, 0] : [0, 1], label: label, sample: sample)
      }
      return evaluation
    }
    #expect(try evaluation(right: 50).isNearChance && evaluation(right: 55).isNearChance)
    #expect(try !evaluation(right: 70).isNearChance)
    var single = Evaluation(classes: ClassLabel.numbered(2))
    try single.add(logits: [1, 0], label: 0, sample: 0)
    #expect(!single.isNearChance, "one class cannot be guessed wrong")
    #expect(!Evaluation(classes: ClassLabel.numbered(2)).isNearChance)
  }

  @Test("calibration needs a hundred photos", arguments: [99, 100])
  func calibration(photos: Int) throws {
    var evaluation = Evaluation(classes: ClassLabel.numbered(2))
    for sample in 0..<photos { try evaluation.add(logits: [1, 0], label: 0, sample: sample) }
    #expect(evaluation.calibrationError == (photos == 100 ? evaluation.calibration.error : nil))
  }

  @Test("an evaluation may have no photos")
  func empty() {
    let evaluation = Evaluation(classes: ClassLabel.numbered(2))
    #expect(evaluation.top1 == 0 && evaluation.top5 == 0 && evaluation.loss == 0)
    #expect(evaluation.calibration.error == 0 && evaluation.macro == nil)
    #expect(
      evaluation.perClass.allSatisfy { $0.precision == nil && $0.recall == nil && $0.f1 == nil })
  }

  @Test("among equal logits, the first counts as the largest", arguments: 0..<7)
  func ties(label: Int) throws {
    var evaluation = Evaluation(classes: ClassLabel.numbered(7))
    try evaluation.add(logits: [Float](repeating: 2, count: 7)[...], label: label, sample: 0)
    #expect(evaluation.top1 == (label == 0 ? 1 : 0))
    #expect(evaluation.top5 == (label < 5 ? 1 : 0))
    #expect(abs(evaluation.loss - log(7)) < 1e-12)
    #expect(evaluation.confusion.map(\.prediction) == [0])
  }

  @Test("a class that is never predicted has no precision and lowers the mean")
  func neverSaid() throws {
    var evaluation = Evaluation(classes: ClassLabel.numbered(2))
    for label in [0, 1] { try evaluation.add(logits: [1, 0], label: label, sample: label) }
    #expect(evaluation.perClass[1].precision == nil)
    #expect(evaluation.perClass[1].recall == 0 && evaluation.perClass[1].f1 == 0)
    #expect(evaluation.macro == MeanScore(precision: 0.25, recall: 0.5, f1: 1.0 / 3))
  }

  @Test("the largest possible logits neither overflow nor vanish")
  func large() throws {
    var evaluation = Evaluation(classes: ClassLabel.numbered(2))
    let most = Float.greatestFiniteMagnitude
    try evaluation.add(logits: [most, -most], label: 0, sample: 0)
    #expect(evaluation.loss == 0)
    try evaluation.add(logits: [most, -most], label: 1, sample: 1)
    #expect(evaluation.loss == Double(most) && evaluation.worst.map(\.probability) == [1])
  }

  @Test(
    "logits that are not finite are an error and are not counted",
    arguments: [Float.nan, -Float.nan, .infinity, -.infinity])
  func notFinite(value: Float) throws {
    var evaluation = Evaluation(classes: [ClassLabel(name: "cat"), ClassLabel(name: "do\ng")])
    let error = #expect(throws: EvaluationError.self) {
      try evaluation.add(logits: [0, value], label: 0, sample: 17)
    }
    #expect(evaluation == Evaluation(classes: evaluation.classes))
    let text = try #require(error).description
    let number = value.isNaN ? "not a number" : "\(value)"
    #expect(
      text
        == "the logit of 'do?g' is \(number), for photo 17 of the data; are the network's weights "
        + "damaged?")
    let half = #expect(throws: EvaluationError.self) {
      try evaluation.add(logits: [0, value], label: 0, sample: 17, precision: .float16)
    }
    #expect(
      half?.description.hasSuffix("the largest number of fp16 is 65504: use bf16 or fp32") == true)
  }

  @Test("a slice is read from its own start")
  func slice() throws {
    var evaluation = Evaluation(classes: ClassLabel.numbered(2))
    let logits: [Float] = [9, 9, 0, 1, 9]
    try evaluation.add(logits: logits[2..<4], label: 1, sample: 0)
    #expect(evaluation.top1 == 1 && abs(evaluation.loss - log(1 + exp(-1))) < 1e-12)
  }

  @Test("the worst mistakes are the most confident, at most 24, and equal ones keep their order")
  func worst() throws {
    var evaluation = Evaluation(classes: ClassLabel.numbered(2))
    for sample in 0..<60 {
      try evaluation.add(logits: [Float(sample % 20) + 1, 0], label: 1, sample: sample)
    }
    #expect(evaluation.worst.prefix(4).map(\.sample) == [19, 39, 59, 18])
    #expect(evaluation.worst.count == 24 && evaluation.worst.last?.sample == 52)
  }

  @Test("a better network is not a better recipe, and photos that chose an epoch favor it")
  func verdict() {
    func verdict(photos: Int, choseEpoch: Bool, macs: (Int, Int)? = nil) -> String {
      func outcomes(_ prediction: Int) -> [Evaluation.Outcome] {
        (0..<photos).map { .init(sample: $0, label: 1, prediction: prediction, probability: 1) }
      }
      return NetworkComparison(
        outcomes(1), of: "a", with: outcomes(0), of: "b", choseEpoch: choseEpoch, macs: macs
      ).verdict
    }
    let plain = verdict(photos: 9, choseEpoch: false)
    #expect(
      plain.hasPrefix("a is better: ")
        && plain.hasSuffix(
          ": another seed may reverse the order; to compare recipes, train each with several seeds "
            + "(train --seed) and compare the means of their top-1 ('effnet runs' has it)")
    )
    #expect(
      verdict(photos: 9, choseEpoch: true) == plain + "; these photos also chose an epoch: photos "
        + "that neither run used give a fair comparison (evaluate FOLDER --leave-out-used)")
    #expect(
      verdict(photos: 9, choseEpoch: false, macs: (997_200, 420_600)).hasPrefix(
        "a is better: p is below 0.05, with 997.2 k operations against 420.6 k; this compares "))
    #expect(verdict(photos: 9, choseEpoch: false, macs: (5, 5)) == plain)
    #expect(verdict(photos: 3, choseEpoch: true).hasPrefix("neither network is clearly better"))
  }

  @Test("confidence intervals are open below and closed above")
  func bins() {
    var calibration = Calibration()
    for (confidence, isRight) in [
      (0.0, false), (0.2, true), (0.21, false), (1, true), (0.95, false),
    ] {
      calibration.add(confidence: confidence, isRight: isRight)
    }
    #expect(calibration.bins.count == 15)
    #expect(calibration.bins.map(\.count) == [1, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2])
    #expect(calibration.bins[14].accuracy == 0.5 && calibration.bins[14].confidence == 0.975)
    #expect(calibration.bins[1].accuracy == nil)
    #expect(abs(calibration.error - (0 + 0.8 + 0.21 + 2 * 0.475) / 5) < 1e-12)
  }
}
