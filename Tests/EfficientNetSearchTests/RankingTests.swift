import EfficientNet
import Foundation
import Testing

@testable import EfficientNetSearch

/// What can be told from accuracies of a few seeds.
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

  @Test("the best comes first, with means and standard errors")
  func order() throws {
    let ranking = ranking([[0.50, 0.52], [0.60, 0.62], [0.58, 0.62]])
    #expect(ranking.standings.map(\.candidate.name) == ["b", "c", "a"])
    let best = try #require(ranking.best)
    #expect(abs((best.mean ?? 0) - 0.61) < 1e-12)
    #expect(abs((best.standardError ?? 0) - 0.01) < 1e-12)
    // Squares about the means: 2·0.01² twice, 2·0.02² once; three degrees of freedom.
    let deviation = ((2e-4 + 2e-4 + 8e-4) / 3).squareRoot()
    #expect(abs((ranking.deviation ?? 0) - deviation) < 1e-12)
    let difference = try #require(ranking.difference(best, ranking.standings[2]))
    #expect(abs(difference.mean - 0.1) < 1e-12)
    #expect(abs(difference.margin - 3.182 * deviation) < 1e-4)
    #expect(ranking.tied.map(\.candidate.name) == ["b", "c"])
  }

  @Test("with one seed each the number of photos decides")
  func photos() {
    #expect(ranking([[0.50], [0.60], [0.58]]).tied.map(\.candidate.name) == ["b", "c"])
    #expect(ranking([[0.50], [0.60], [0.58]]).deviation == nil)
    #expect(ranking([[0.50], [0.60], [0.58]], photos: 100_000).tied.count == 1)
    #expect(ranking([[0.50], [0.60], [0.58]], photos: 100).tied.count == 3)
  }

  @Test("trainings that diverged are no accuracies")
  func diverged() throws {
    let ranking = ranking([[0.5, nil], [nil, nil], [0.4, 0.6]])
    #expect(ranking.standings.map(\.candidate.name).last == "b")
    let a = try #require(ranking.standings.first { $0.candidate.name == "a" })
    #expect(a.top1 == [0.5] && a.diverged == 1 && a.standardError == nil)
    #expect(self.ranking([[nil], [nil], [nil]]).best == nil)
  }

  @Test(
    "Student's t",
    arguments: [(1, 12.706), (2, 4.303), (3, 3.182), (5, 2.571), (30, 2.042), (1000, 1.962)])
  func studentT(freedom: Int, expected: Double) {
    #expect(abs(Ranking.studentT(freedom: freedom) - expected) < 0.002)
  }
}
