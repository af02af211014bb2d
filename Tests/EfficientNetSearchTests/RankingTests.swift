import EfficientNet
import EfficientNetCompute
import Foundation
import Testing

@testable import EfficientNetSearch

/// Conclusions from the accuracies of a few seeds.
@Suite("Ranking")
struct RankingTests {
  private let candidates: [Candidate]

  init() throws {
    var architecture = try Variant(named: "b0").architecture
    candidates = ["a", "b", "c"].map {
      architecture.name = $0
      return Candidate(architecture)
    }
  }

  private func ranking(_ accuracies: [[Double?]], photos: Int = 1000) -> Ranking {
    let results = zip(candidates, accuracies).flatMap { candidate, values in
      values.enumerated().map { seed, value in
        TrialResult(
          Trial(candidate, seed: UInt64(seed), epochs: 3), top1: value, loss: 1, trainingLoss: 1,
          seconds: 1)
      }
    }
    return Ranking(candidates, results: results, epochs: 3, classes: 10, validationPhotos: photos)
  }

  @Test("the best network comes first, with means and standard errors")
  func order() throws {
    let ranking = ranking([[0.50, 0.52], [0.60, 0.62], [0.58, 0.62]])
    #expect(ranking.standings.map(\.candidate.name) == ["b", "c", "a"])
    let best = try #require(ranking.best)
    #expect(abs((best.mean ?? 0) - 0.61) < 1e-12)
    #expect(abs((best.standardError ?? 0) - 0.01) < 1e-12)
    // Squared deviations: 2·0.01² twice, 2·0.02² once; three degrees of freedom.
    let deviation = ((2e-4 + 2e-4 + 8e-4) / 3).squareRoot()
    #expect(abs((ranking.deviation ?? 0) - deviation) < 1e-12)
    let difference = try #require(ranking.difference(best, ranking.standings[2]))
    #expect(abs(difference.mean - 0.1) < 1e-12)
    #expect(abs(difference.margin - 3.182 * deviation) < 1e-4)
    #expect(abs((ranking.differenceToBest(ranking.standings[2])?.mean ?? 0) - 0.1) < 1e-12)
    #expect(ranking.tied.map(\.candidate.name) == ["b", "c"])
  }

  @Test("with one seed each, the standard error follows from the number of photos")
  func photos() {
    #expect(ranking([[0.50], [0.60], [0.58]]).tied.map(\.candidate.name) == ["b", "c"])
    #expect(ranking([[0.50], [0.60], [0.58]]).deviation == nil)
    #expect(ranking([[0.50], [0.60], [0.58]], photos: 100_000).tied.count == 1)
    #expect(ranking([[0.50], [0.60], [0.58]], photos: 100).tied.count == 3)
  }

  @Test("diverged trainings have no accuracy")
  func diverged() throws {
    let ranking = ranking([[0.5, nil], [nil, nil], [0.4, 0.6]])
    #expect(ranking.standings.map(\.candidate.name).last == "b")
    let a = try #require(ranking.standings.first { $0.candidate.name == "a" })
    #expect(a.top1 == [0.5] && a.diverged == 1 && a.standardError == nil)
    #expect(ranking.best?.candidate.name == "c", "whose trainings all went well")
    #expect(self.ranking([[nil], [nil], [nil]]).best == nil)
  }

  @Test(
    "quantiles of Student's t, two-sided 95 %",
    arguments: [
      (1, 12.706), (2, 4.303), (3, 3.182), (4, 2.776), (5, 2.571), (30, 2.042), (1000, 1.962),
    ])
  func studentT(freedom: Int, expected: Double) {
    #expect(abs(studentQuantile(freedom: freedom, above: 0.025) - expected) < 6e-4)
  }

  @Test(
    "quantiles of Student's t, one-sided",
    arguments: [(1, 0.05, 6.314), (4, 0.005, 4.604), (7, 0.1, 1.415), (20, 0.0005, 3.850)])
  func tails(freedom: Int, tail: Double, expected: Double) {
    #expect(abs(studentQuantile(freedom: freedom, above: tail) - expected) < 6e-4)
  }

  /// Among equal networks, only noise decides which is best: a network may be told from it at most
  /// as often as the confidence allows.
  @Test("equal networks are tied in 95 of 100 experiments", arguments: [(12, 3), (24, 2)])
  func chance(networks: Int, seeds: Int) throws {
    var generator = SeededGenerator(seed: 7)
    var architecture = try Variant(named: "lite0").architecture
    architecture.resolution = 32
    let candidates = (0..<networks).map { number in
      architecture.name = "\(number)"
      return Candidate(architecture)
    }
    // Any network, for example the first, may be the best one in truth.
    var wrong = 0
    for _ in 0..<200 {
      let results = candidates.flatMap { candidate in
        (0..<seeds).map {
          TrialResult(
            Trial(candidate, seed: UInt64($0), epochs: 1), top1: 0.5 + 0.02 * generator.normal(),
            loss: 1, trainingLoss: 1, seconds: 1)
        }
      }
      let ranking = Ranking(
        candidates, results: results, epochs: 1, classes: 10, validationPhotos: 1000)
      if !ranking.tied.contains(where: { $0.candidate == candidates[0] }) { wrong += 1 }
    }
    #expect(wrong <= 16, "5 % of 200, and three deviations of chance")
  }

  @Test("trainings with equal results leave the sampling error of the photos")
  func constant() throws {
    let ranking = ranking([[0.1, 0.1], [0.1, 0.1], [0.12, 0.12]], photos: 50)
    #expect(ranking.deviation == 0)
    #expect(ranking.tied.count == 3)
    #expect((ranking.photoMargin ?? 0) > 0.05)
  }
}
