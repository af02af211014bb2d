import EfficientNet
import EfficientNetCompute
import EfficientNetTraining
import Foundation
import Testing

@testable import EfficientNetSearch

@Suite("Overview of an experiment")
struct ExperimentOverviewTests {
  @Test("the highest accuracy is a mean over the seeds of a network, as in the tables")
  func highest() throws {
    let place = FileManager.default.temporaryDirectory.path + "/overview-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: place) }
    let study = DimensionStudy(
      Baseline(try Variant(named: "b0")), coefficients: .paper, factors: [2])
    let results = [[0.13, 0.10], [0.12, 0.11], [0.05, 0.16]].enumerated().flatMap { index, seeds in
      seeds.enumerated().map { seed, top1 in
        TrialResult(
          Trial(study.candidates[index], seed: UInt64(seed), epochs: 8), top1: top1, loss: 1,
          trainingLoss: 1, seconds: 1)
      }
    }
    do {
      let folder = try ExperimentFolder(creating: place)
      try folder.write(
        ExperimentSettings(
          version: "1", command: "effnet", data: "photos", validationShare: 0.2, subset: nil,
          dataFingerprint: 0, recipe: .short, precision: .float32, firstSeed: 0, seeds: 2,
          brokenLimit: 10, study: .dimensions(study)))
      try folder.write(results)
    }
    let overview = try ExperimentOverview(ExperimentFolder(existing: place))
    #expect(overview.trainings == 6)
    #expect(overview.highestTop1.map { abs($0 - 0.115) < 1e-12 } == true)
  }
}
