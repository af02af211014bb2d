import EfficientNet
import EfficientNetCompute
import EfficientNetReports
import Foundation
import Testing

@testable import EfficientNetSearch

/// Conclusions from the accuracies of a few seeds.
@Suite("Ranking")
struct RankingTests {
  private let candidates: [Candidate]

  init() throws {
    var architecture = try Variant(named: "b0").architecture
    // The dropout makes the networks different at equal costs.
    candidates = ["a", "b", "c"].enumerated().map { index, name in
      (architecture.name, architecture.dropout) = (name, 0.1 * Double(index))
      return Candidate(architecture)
    }
  }

  private func ranking(
    _ accuracies: [[Double?]], photos: Int = 1000, tried: Int? = nil
  ) -> Ranking {
    let results = zip(candidates, accuracies).flatMap { candidate, values in
      values.enumerated().map { seed, value in
        TrialResult(
          Trial(candidate, seed: UInt64(seed), epochs: 3), top1: value, loss: 1, trainingLoss: 1,
          seconds: 1)
      }
    }
    return Ranking(
      candidates, results: results, epochs: 3, classes: 10, validationPhotos: photos,
      networksTried: tried)
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
    // The variance of the photos is added. Degrees of freedom: 3 · (8.878 / 4)² = 14.8.
    let photos = (0.61 * 0.39 + 0.51 * 0.49) / 1000
    #expect(
      abs(difference.margin - 2.1448 * (deviation * deviation + photos).squareRoot()) < 1e-5)
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

  @Test("with several seeds, the few photos still count")
  func fewPhotos() throws {
    // Seeds that agree on 12 photos do not make one photo more a clear difference.
    let few = ranking(
      [[10, 10, 11], [9, 9, 9], [9, 9, 9]].map { $0.map { $0 / 12 } }, photos: 12)
    #expect(few.verdict == .tie && few.tied.count == 3)
    #expect(few.headline(\.name).hasPrefix("No winner: the 3 networks do not differ"))
    let many = ranking(
      [[10, 10, 11], [9, 9, 9], [9, 9, 9]].map { $0.map { $0 / 12 } }, photos: 12_000)
    #expect(many.verdict == .best && many.tied.count == 1)
    #expect(
      many.headline(\.name).hasSuffix(
        " right, significantly more than each other network (95 % confidence)."))
  }

  // Exact sums of fractions, by Python 3.
  @Test(
    "the probability that guessing is as good is exact",
    arguments: [
      (8, 200, 0.01, 0.0010125571505207782), (7, 200, 0.01, 0.0042955423288515695),
      (3, 200, 0.01, 0.32332130546434296), (130, 10_000, 0.01, 0.0021750913489186007),
      (10, 50, 0.1, 0.024537935704591455), (9, 12, 0.25, 0.0003916621208190918),
      (6, 6, 0.5, 0.015625),
    ])
  func binomial(right: Int, photos: Int, share: Double, expected: Double) {
    let tail = Chance(share: share, photos: photos).tail(right)
    #expect(abs(tail / expected - 1) < 1e-9)
  }

  @Test("with many classes, the best of guessing networks is not called better")
  func manyClasses() {
    // One of 8 guessing networks has 6 of 200 photos right in 12 % of experiments, 7 in 3.4 %.
    let chance = Chance(share: 0.01, photos: 200)
    #expect(!chance.isExceeded(by: 6.0 / 200, bestOf: 8))
    #expect(!chance.isExceeded(by: 7.0 / 200, bestOf: 8))
    #expect(chance.isExceeded(by: 8.0 / 200, bestOf: 8))
    #expect(!chance.isExceeded(by: 7.9 / 200, bestOf: 8), "a mean between two counts")
    #expect(chance.isExceeded(by: 6.0 / 200), "a single network")
    // The probabilities of such counts underflow.
    #expect(!Chance(share: 0.5, photos: 10_000).isExceeded(by: 0.0001))
    #expect(!Chance(share: 0.5, photos: 10_000).isExceeded(by: 0))
  }

  @Test("networks that were left out in earlier rounds count")
  func tried() {
    // 20 of 100 by guessing: once in 500 networks.
    let accuracies: [[Double?]] = [[0.20], [0.12], [0.11]]
    #expect(ranking(accuracies, photos: 100).networksTried == 3)
    #expect(ranking(accuracies, photos: 100).verdict != .nearChance)
    let best = ranking(accuracies, photos: 100, tried: 108)
    #expect(best.verdict == .nearChance)
    #expect(best.headline(\.name).hasPrefix("No winner: even the best of 108 (a) is not"))
  }

  @Test("a network whose rivals were left out after fewer epochs is not called the best")
  func leftOut() throws {
    func leaveOut(_ accuracies: [[Double?]]) -> Ranking {
      let brief = ranking(accuracies, photos: 100)
      let results = [
        TrialResult(
          Trial(candidates[0], seed: 0, epochs: 8), top1: 0.6, loss: 1, trainingLoss: 1, seconds: 1)
      ]
      var full = Ranking(
        [candidates[0]], results: results, epochs: 8, classes: 10, validationPhotos: 100)
      full.leftOut = brief.standings.filter { $0.candidate.name != "a" }
      for index in full.leftOut.indices { full.leftOut[index].leftOutAfter = 4 - 2 * index }
      return full
    }
    let close = leaveOut([[0.52], [0.50], [0.20]])
    #expect(close.verdict == .notCompared)
    #expect(
      close.headline(\.name)
        == "No winner: a is the only network that was trained in full. It gets "
        + "\(Proportion(60, of: 100).text) right.")
    #expect(
      close.leftOutRemark?.hasPrefix(
        "Of 3 networks, the shorter rounds left out 1 after 2 epochs, 1 after 4 epochs. "
          + "Differences there are not significant for 1 of 2 (95 % confidence)") == true)
    #expect(
      close.leftOutRemark?.hasSuffix("more seeds (--resume with a larger --seeds) or photos.")
        == true)
    let clear = leaveOut([[0.90], [0.20], [0.10]])
    #expect(clear.leftOutRemark?.contains("significantly better than each") == true)
    #expect(ranking([[0.50], [0.90], [0.20]], photos: 100).leftOutRemark == nil)
  }

  @Test("networks near chance are counted beside a winner")
  func partlyNearChance() {
    let mixed = ranking([[0.10], [0.90], [0.12]], photos: 100)
    #expect(mixed.verdict == .best)
    #expect(
      mixed.nearChanceRemark?.hasPrefix("2 of 3 networks are not clearly better than guessing")
        == true)
    let one = ranking([[0.80], [0.90], [0.12]], photos: 100)
    #expect(
      one.nearChanceRemark
        == "1 of 3 networks is not clearly better than guessing (10.0\u{A0}%): its rank means "
        + "nothing. Train longer (--epochs).")
    #expect(mixed.standings.filter(mixed.isNearChance).map(\.candidate.name) == ["c", "a"])
    #expect(ranking([[0.90], [0.80]], photos: 100).nearChanceRemark == nil)
    // The headline says it of all.
    #expect(ranking([[0.10], [0.12]], photos: 100).nearChanceRemark == nil)
  }

  @Test("a margin has a part of the photos and one of the seeds")
  func marginParts() throws {
    let ranking = ranking([[0.50, 0.52], [0.60, 0.62], [0.58, 0.62]])
    let (b, c) = (ranking.standings[0], ranking.standings[1])
    let margin = try #require(ranking.margin(b, c, tail: 0.025))
    let whole = try #require(ranking.difference(b, c)).margin
    #expect(abs(margin.whole - whole) < 1e-12)
    let seeds = try #require(margin.seeds)
    // Both variances are multiplied by the same quantile. Two seeds each: s²/2 + s²/2.
    let ratio = (0.61 * 0.39 + 0.60 * 0.40) / 1000 / 4e-4
    #expect(abs(margin.photos * margin.photos / seeds / seeds - ratio) < 1e-9)
    #expect(margin.photoCount == 1000 && margin.seedCount == 2)
    #expect(self.ranking([[0.5], [0.6]]).margin(b, c, tail: 0.025)?.seeds == nil)
  }

  @Test(
    "the numbers of photos and seeds that a difference needs reach it",
    arguments: [(0.066, 0.031), (0.066, 0.001), (0.004, 0.05), (0.05, 0.05), (0.066, 0)])
  func need(photos: Double, seeds: Double) throws {
    let margin = Margin(photos: photos, seeds: seeds, photoCount: 400, seedCount: 3)
    for goal in [margin.whole / 2, margin.whole / 10] {
      let need = margin.need(for: goal)
      let reached = Margin(
        photos: photos * (400 / Double(need.photos)).squareRoot(),
        seeds: seeds * (3 / Double(need.seeds)).squareRoot(), photoCount: need.photos,
        seedCount: need.seeds)
      #expect(reached.whole <= goal + 1e-9 && reached.whole > 0.8 * goal, "\(need)")
      #expect(need.photos >= 400 && need.seeds >= 3)
    }
  }

  @Test("the sentence on a margin says whether photos or seeds help")
  func marginWords() {
    func words(_ photos: Double, _ seeds: Double?) -> String {
      Margin(photos: photos, seeds: seeds, photoCount: 400, seedCount: 3).words()
    }
    let start = "The margin between the two highest is "
    #expect(
      words(0.066, 0.031) == start + "±7.3 points: 400 validation photos alone give ±6.6, 3 seeds "
        + "alone ±3.1. A difference of 2 points needs about 8,700 validation photos and 15 seeds "
        + "(--resume with a larger --seeds).")
    #expect(
      words(0.066, 0.005) == start + "±6.6 points: 400 validation photos alone give ±6.6, 3 seeds "
        + "alone ±0.5. A difference of 2 points needs about 4,600 validation photos; more seeds do "
        + "not suffice.")
    #expect(
      words(0.01, 0.06) == start + "±6.1 points: 400 validation photos alone give ±1.0, 3 seeds "
        + "alone ±6.0. A difference of 2 points needs about 36 seeds (--resume with a larger "
        + "--seeds); more photos do not suffice.")
    #expect(
      words(0.066, nil) == start + "±6.6 points: 400 validation photos give it, without the "
        + "differences from seed to seed. A difference of 2 points needs about 4,400 validation "
        + "photos.")
    let difference = Margin(photos: 0.01, seeds: 0.06, photoCount: 400, seedCount: 3).words(
      of: "of this difference", moreSeeds: Ranking.moreFinalSeeds)
    #expect(difference.hasPrefix("The margin of this difference is ±6.1 points: "))
    #expect(difference.contains(" 36 seeds (--resume with a larger --top-seeds); more photos "))
    #expect(words(0.001, 0).hasSuffix("3 seeds alone ±0.0."), "a margin that is small enough")
    #expect(Ranking.widestMargin(photos: 200).formatted(digits: 4) == "0.0980")
    #expect(Ranking.widestMargin(photos: 1) == 1)
  }

  @Test("the advice of a tie is what reduces the larger part of the margin")
  func tieAdvice() {
    let agreeing = ranking([[0.50, 0.50], [0.52, 0.52], [0.51, 0.51]], photos: 100)
    #expect(agreeing.verdict == .tie)
    #expect(agreeing.headline(\.name).hasSuffix("Train longer (--epochs) or with more photos."))
    #expect(agreeing.marginRemark(tail: 0.025)?.contains("100 validation photos alone") == true)
    let scattered = ranking([[0.30, 0.70], [0.35, 0.70], [0.30, 0.75]], photos: 100_000)
    #expect(scattered.verdict == .tie)
    #expect(
      scattered.headline(\.name).hasSuffix("or with more seeds (--resume with a larger --seeds)."))
    #expect(ranking([[0.10], [0.12], [0.11]], photos: 100).marginRemark(tail: 0.025) == nil)
    #expect(ranking([[0.5], [nil], [nil]]).marginRemark(tail: 0.025) == nil)
    // With one seed each, the same option adds seeds.
    let single = ranking([[0.50], [0.52], [0.51]], photos: 100)
    #expect(
      single.headline(\.name).hasSuffix("more photos or seeds (--resume with a larger --seeds)."))
    #expect(
      single.barsRemark == "There are no error bars, since each network was trained once; "
        + "--resume with a larger --seeds adds trainings.")
  }

  @Test("diverged networks do not make a tie a victory")
  func divergedTie() {
    let ranking = ranking([[0.50], [0.52], [nil]], photos: 100)
    #expect(ranking.verdict == .tie)
    #expect(
      ranking.headline(\.name).hasPrefix(
        "No winner: the 2 networks that did not diverge do not differ"))
    let alone = self.ranking([[0.5], [nil], [nil]], photos: 100)
    #expect(alone.verdict == .notCompared)
    #expect(
      alone.headline(\.name).hasPrefix("No winner: a is the only network that did not diverge. "))
    let single = self.ranking([[0.5]], photos: 100)
    #expect(single.verdict == .notCompared)
    #expect(single.headline(\.name).hasPrefix("No winner: a is the only network. It gets "))
  }

  @Test("the best of some networks needs more than a single one to exceed guessing")
  func chance() {
    let chance = Chance(share: 0.1, photos: 50)
    #expect(chance.isExceeded(by: 0.2) && !chance.isExceeded(by: 0.2, bestOf: 100))
    #expect(!Chance(share: 1, photos: 9).isExceeded(by: 1), "all photos have one class")
  }

  @Test("the best of guessing networks exceeds guessing in at most 5 of 100 experiments")
  func luck() {
    var generator = SeededGenerator(seed: 3)
    let chance = Chance(share: 0.25, photos: 200)
    var wrong = 0
    for _ in 0..<200 {
      let best =
        (0..<20).map { _ in
          (0..<200).filter { _ in Double.random(in: 0..<1, using: &generator) < 0.25 }.count
        }.max() ?? 0
      if chance.isExceeded(by: Double(best) / 200, bestOf: 20) { wrong += 1 }
    }
    #expect(wrong <= 16, "5 % of 200, and three deviations of chance")
  }

  @Test("near chance and in a tie there is no winner")
  func verdicts() {
    // Ten classes.
    #expect(ranking([[0.10], [0.12], [0.11]], photos: 100).verdict == .nearChance)
    #expect(ranking([[0.50], [0.52], [0.51]], photos: 100).verdict == .tie)
    #expect(ranking([[0.50], [0.90], [0.60]], photos: 100).verdict == .best)
    #expect(ranking([[0.50], [0.90], [0.89]], photos: 100).verdict == .tie, "c is not worse")
    #expect(ranking([[0.50], [0.90], [0.90]], photos: 100).verdict == .tie)
    #expect(ranking([[0.50], [0.90], [nil]], photos: 100).verdict == .best)
    #expect(ranking([[nil], [nil], [nil]]).verdict == nil)
    func headline(_ accuracies: [[Double?]]) -> String {
      ranking(accuracies, photos: 100).headline(\.name)
    }
    #expect(
      headline([[0.10], [0.12], [0.11]])
        == "No winner: even the best of 3 (b) is not clearly better "
        + "than guessing. It gets \(Proportion(12, of: 100).text) right; guessing the most frequent "
        + "class gets \(0.1.percent()). The order of the networks means nothing. "
        + "Train longer (--epochs) or with more photos.")
    #expect(
      headline([[0.50], [0.52], [0.51]]).hasPrefix("No winner: the 3 networks do not differ"))
    #expect(
      headline([[0.50], [0.90], [0.60]]) == "The best is b, which gets "
        + "\(Proportion(90, of: 100).text) right, significantly more than each other network "
        + "(95 % confidence).")
    #expect(
      headline([[0.50], [0.90], [0.89]]) == "No winner: b is the highest and gets "
        + "\(Proportion(90, of: 100).text) right, but it is not significantly better than 1 of the 2 "
        + "other networks (95 % confidence). Train longer (--epochs) or with more photos or seeds "
        + "(--resume with a larger --seeds).")
    // Where most photos have one class, guessing is better.
    let results = candidates.map {
      TrialResult(
        Trial($0, seed: 0, epochs: 3), top1: 0.8, loss: 1, trainingLoss: 1, seconds: 1)
    }
    let skewed = Ranking(
      candidates, results: results, epochs: 3, classes: 10, validationPhotos: 100, chance: 0.8)
    #expect(skewed.verdict == .nearChance)
  }

  @Test("a network that has two names is the best, though it is not better than itself")
  func twins() throws {
    var same = candidates[1].architecture
    same.name = "d"
    func ranking(_ top1: [Double]) -> Ranking {
      let networks = [candidates[0], candidates[1], Candidate(same)].suffix(top1.count)
      let results = zip(networks, top1).map {
        TrialResult(Trial($0, seed: 0, epochs: 3), top1: $1, loss: 1, trainingLoss: 1, seconds: 1)
      }
      return Ranking(
        Array(networks), results: results, epochs: 3, classes: 10, validationPhotos: 100)
    }
    let clear = ranking([0.5, 0.9, 0.9])
    #expect(clear.verdict == .best)
    #expect(clear.headline(\.name).hasPrefix("The best is b (the same network as d), which gets "))
    let alone = ranking([0.9, 0.9])
    #expect(alone.verdict == .notCompared)
    #expect(
      alone.headline(\.name).hasPrefix(
        "No winner: b is the only network: rounding makes all the same. "))
  }

  @Test("counts of photos leave out the unreadable ones")
  func counts() throws {
    let results = [0.5, 0.54].enumerated().map { seed, top1 in
      TrialResult(
        Trial(candidates[0], seed: UInt64(seed), epochs: 3), top1: top1, loss: 1, trainingLoss: 1,
        seconds: 1, validationPhotos: 50)
    }
    let ranking = Ranking(
      candidates, results: results, epochs: 3, classes: 10, validationPhotos: 53)
    #expect(ranking.best?.right == Proportion(26, of: 50))
    // A mean between two counts is not rounded to one of them.
    let between = self.ranking([[0.13, 0.10]], photos: 100).best?.right
    #expect(between?.shortText == "11.5 of 100 (11.5 %)")
  }

  @Test("the difference of two means has Welch's margin")
  func welch() throws {
    let difference = try #require(welchDifference([1, 2, 3, 4], [2, 4, 6]))
    #expect(abs(difference.mean + 1.5) < 1e-12)
    // Variances 5/3 and 4; freedom 3.23 becomes 3, whose quantile is 3.182.
    #expect(abs(difference.margin - 3.182 * (5 / 12.0 + 4 / 3.0).squareRoot()) < 1e-2)
    #expect(welchDifference([1], [2, 3]) == nil)
    #expect(welchDifference([1, 1], [2, 2]) == nil, "nothing says how much values vary")
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
    #expect((ranking.differenceToBest(ranking.standings[1])?.margin ?? 0) > 0.05)
  }
}
