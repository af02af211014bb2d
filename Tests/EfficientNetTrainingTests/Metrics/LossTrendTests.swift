import EfficientNet
import EfficientNetReports
import EfficientNetTestSupport
import Testing

@testable import EfficientNetTraining

/// What the last epochs of a run say about longer training and about the choice of the best one.
@Suite("The end of a training")
struct LossTrendTests {
  /// The records of epochs with these validation losses and right ones of some photos.
  private func records(_ losses: [Double], right: [Int]? = nil, of photos: Int? = 1000)
    -> [EpochRecord]
  {
    losses.enumerated().map { index, loss in
      EpochRecord(
        epoch: index + 1, trainingLoss: 1, trainingTop1: 0.5, validationLoss: loss,
        validationTop1: Double(right?[index] ?? 0) / Double(photos ?? 1), validationTop5: 1,
        validationImages: photos, rate: 0.1, seconds: 1, imagesPerSecond: 1)
    }
  }

  private func direction(_ losses: [Double]) -> LossTrend.Direction? {
    LossTrend(records(losses))?.direction
  }

  @Test(
    "the validation loss of the last epochs is falling, steady, rising or varying",
    arguments: [
      // Too few epochs to tell.
      ([], nil), ([1], nil), ([1, 0.5], nil),
      ([1.2, 0.8, 0.6], .falling),
      // A cosine schedule at its end.
      ([1.2, 0.9, 0.75, 0.64, 0.58, 0.54, 0.51, 0.496, 0.487, 0.487], .steady),
      ([1.2, 0.9, 0.75, 0.64, 0.58, 0.54, 0.51, 0.5, 0.48, 0.46], .falling),
      // A small fall: 2.9 %, and 9 % of almost nothing.
      ([1, 1, 0.985, 0.971], .steady), ([0.2, 0.1, 0.1, 0.091], .steady),
      ([1, 1, 0.985, 0.969], .falling),
      // Overfitting.
      ([1, 0.6, 0.5, 0.55, 0.6, 0.65], .rising), ([1, 0.5, 0.54, 0.53], .rising),
      ([1, 0.5, 0.51, 0.52], .steady),
      // A single bad epoch is no trend; after it, the loss falls only below its lowest.
      ([0.9, 0.6, 0.5, 0.5, 0.9], .varying), ([0.9, 0.5, 0.9, 0.6, 0.5], .varying),
      ([0.9, 0.6, 0.5, 0.5, 0.54], .steady), ([0.9, 0.6, 0.5, 0.5, 0.56], .varying),
      ([0.9, 0.5, 0.9, 0.6, 0.4], .falling),
      // A fifth of the epochs.
      ((0..<20).map { 1 - 0.011 * Double($0) }, .falling),
      ((0..<20).map { 1 - 0.005 * Double($0) }, .steady),
    ] as [([Double], LossTrend.Direction?)])
  func directions(losses: [Double], expected: LossTrend.Direction?) {
    #expect(direction(losses) == expected, "\(losses)")
  }

  @Test("a network whose training loss falls, and is not below the validation loss, still learns")
  func learning() throws {
    func trend(
      _ losses: [Double], training: [Double], top1: Double = 0.5
    ) throws -> LossTrend {
      var records = records(losses)
      for (index, loss) in training.enumerated() {
        (records[index].trainingLoss, records[index].trainingTop1) = (loss, top1)
      }
      return try #require(LossTrend(records))
    }
    let losses = [2.342, 1.925, 1.804, 1.84]
    let learning = try trend(losses, training: [2.6, 2.25, 2.1, 2])
    #expect(learning.direction == .learning && learning.recommendsLonger)
    #expect(
      learning.text
        == "the validation loss does not show a trend (1.925 to 1.840 in the last 2 epochs), but the "
        + "training loss was still falling (2.250 to 2.000), so longer training may help")
    // Label smoothing keeps the loss above 0, though all training photos are right.
    #expect(try trend(losses, training: [2.6, 2.25, 2.1, 2], top1: 1).direction == .steady)
    // The network learns the training photos by heart.
    let fitted = try trend(losses, training: [2.6, 2, 1.5, 1.2])
    #expect(fitted.direction == .steady && !fitted.recommendsLonger)
    #expect(try trend(losses, training: [2.6, 2.25, 2.2, 2.2]).direction == .steady)
    #expect(try trend([1, 0.6, 0.5, 0.9], training: [3, 2, 1.5, 0.8]).direction == .varying)
    #expect(
      try trend([1, 0.6, 0.5, 0.6, 0.65], training: [3, 2, 1.5, 1.2, 1]).direction == .rising)
  }

  @Test("a run that continues another one is compared with that run")
  func continued() throws {
    func trend(_ losses: [Double], after before: [Double]) throws -> LossTrend {
      try #require(LossTrend(records(losses), after: records(before)))
    }
    // The losses fall only since the learning rate began again.
    let worse = try trend([0.711, 0.6, 0.49], after: [0.9, 0.6, 0.45])
    #expect(worse.direction == .rising && !worse.recommendsLonger)
    #expect(
      worse.text
        == "the validation loss has risen (0.450 after epoch 3 of the run before, 0.490 at the "
        + "end), so longer training will probably not help")
    let better = try trend([0.7, 0.49, 0.45], after: [0.9, 0.6, 0.5])
    #expect(better.direction == .falling && better.recommendsLonger)
    #expect(
      better.text
        == "the validation loss was still falling (0.500 at the end of the run before, 0.450 now), "
        + "so longer training may help")
    let equal = try trend([0.7, 0.5, 0.495], after: [0.9, 0.6, 0.5])
    #expect(equal.direction == .steady && !equal.recommendsLonger)
    #expect(
      equal.text.contains("changes little (0.500 at the end of the run before, 0.495 now), so more")
    )
    // One epoch is enough.
    #expect(try trend([0.4], after: [0.9, 0.6, 0.5]).direction == .falling)
  }

  @Test("without validation photos there is no trend")
  func noPhotos() {
    #expect(LossTrend(records([1, 0.8, 0.6], of: nil)) == nil)
    #expect(LossTrend(records([1, 0.8, 0.6], of: 0)) == nil)
  }

  @Test("the sentence has the numbers, and is careful with few photos")
  func texts() throws {
    func text(_ losses: [Double], of photos: Int = 1000) throws -> String {
      try #require(LossTrend(records(losses, of: photos))).text
    }
    #expect(
      try text([1.2, 0.8, 0.6])
        == "the validation loss was still falling (1.200 to 0.600 in the last 2 epochs), so longer "
        + "training may help")
    #expect(
      try text([0.8, 0.5, 0.5, 0.5], of: 13)
        == "the validation loss changes little (0.500 to 0.500 in the last 2 epochs), so more "
        + "photos will probably help more than longer training; with 13 validation photos this is "
        + "uncertain")
    // At the end of a cosine.
    var annealed = records([0.8, 0.51, 0.5, 0.5])
    for (index, rate) in [0.1, 0.09, 0.05, 0].enumerated() { annealed[index].rate = rate }
    let trend = try #require(LossTrend(annealed))
    #expect(trend.direction == .steady && !trend.recommendsLonger && !trend.discouragesLonger)
    // A continuation is the longer run, also if the run before it is deleted.
    let continuation = try #require(LossTrend(annealed, isContinuation: true))
    #expect(continuation.discouragesLonger && continuation.text.hasSuffix("than longer training"))
    #expect(
      trend.text
        == "the validation loss changes little at the end (0.510 to 0.500 in the last 2 epochs), as "
        + "in every run whose learning rate falls to 0; only a longer run shows whether more "
        + "epochs help")
    // A small number rises by half, which is little all the same.
    #expect(
      try text([0.2, 0.04, 0.05, 0.058])
        == "the validation loss changes little (0.040 to 0.058 in the last 2 epochs), so more "
        + "photos will probably help more than longer training")
    #expect(
      try text([0.8, 0.5, 0.6, 0.7])
        == "the validation loss has risen (0.500 after epoch 2, 0.700 at the end), so longer training "
        + "will probably not help")
    #expect(
      try text([0.9, 0.6, 0.5, 0.5, 0.9])
        == "the validation loss varies (0.500 to 0.900 in the last 2 epochs), so it does not show "
        + "whether longer training helps")
    let fewest = Evaluation.fewestToChoose
    #expect(try !text([3, 2, 1], of: fewest).contains("uncertain"))
    #expect(
      try text([3, 2, 1], of: fewest - 1).hasSuffix("499 validation photos this is uncertain"))
  }

  private func result(
    _ records: [EpochRecord], best: Int, isEarly: Bool = false, isInterrupted: Bool = false
  ) -> TrainingResult {
    TrainingResult(
      isInterrupted: isInterrupted, isEarly: isEarly, records: records,
      best: (best, records[best - 1].validationTop1), evaluation: nil, seconds: 1,
      imagesPerSecond: 1, broken: [])
  }

  @Test("few photos that chose the best epoch are noted with the result of the last one")
  func choice() throws {
    func remark(_ right: [Int], of photos: Int?, best: Int) throws -> String? {
      let losses = right.map { _ in 0.5 }
      let outcome = RunOutcome(result(records(losses, right: right, of: photos), best: best))
      let read: RunOutcome = try decodedJSON(Array(encodedJSON(outcome).utf8))
      #expect(read == outcome)
      return outcome.choiceRemark
    }
    let start = "the validation photos also chose the epoch, so the result is probably too good"
    #expect(
      try remark([11, 13, 12], of: 13, best: 2) == start + "; the last epoch got 12 of 13 right")
    #expect(try remark([11, 12, 13], of: 13, best: 3) == start)
    #expect(try remark([13], of: 13, best: 1) == nil)
    #expect(try remark([11, 13, 12], of: 500, best: 2) == nil)
    // The outcome of an earlier version has no last epoch.
    var outcome = RunOutcome(result(records([1, 1], right: [2, 1], of: 4), best: 1))
    outcome.last = nil
    #expect(try !encodedJSON(outcome).contains("\"last\""))
    #expect(outcome.choiceRemark == start)
  }

  @Test("a run that ended before its last epoch has no trend")
  func ends() {
    let falling = records([3, 2, 1])
    #expect(result(falling, best: 3).trend(after: [])?.direction == .falling)
    #expect(result(falling, best: 3, isEarly: true).trend(after: []) == nil)
    #expect(result(falling, best: 3, isInterrupted: true).trend(after: []) == nil)
  }

  @Test("the report has both, and the command that trains longer")
  func report() throws {
    let classes = ClassLabel.numbered(2)
    func page(_ losses: [Double]) throws -> String {
      var report = TrainingReport(
        title: "few", model: SampleReports.model(classes), trainingPhotos: 50,
        validationPhotos: 13, result: result(records(losses, right: [9, 13, 12], of: 13), best: 2),
        command: "effnet train few", settings: try ReportSettings(["batch": 8]))
      report.longerCommand = "effnet train --resume few --epochs 6"
      let page = report.html()
      #expect(MarkupChecker(page).complaints.isEmpty)
      return page
    }
    let falling = try page([1.2, 0.8, 0.6])
    // The number of right photos comes first.
    #expect(
      falling.matches(of: /<dt>([^<]*)<\/dt>/).prefix(4).map { String($0.1) }
        == ["top-1", "loss", "best epoch", "loss at the end"])
    for text in [
      "the lowest loss. The validation photos also chose the epoch, so the result is probably too "
        + "good; the last epoch got 12 of 13 right.",
      "<dt>loss at the end</dt><dd>falling</dd>",
      "The validation loss was still falling (1.200 to 0.600 in the last 2 epochs), so longer "
        + "training may help; with 13 validation photos this is uncertain. Train longer: effnet train "
        + "--resume few --epochs 6",
    ] {
      #expect(falling.contains(text), "\(text)")
    }
    let steady = try page([0.6, 0.6, 0.6])
    #expect(steady.contains(">changes little</dd>") && !steady.contains("Train longer"))
  }
}
