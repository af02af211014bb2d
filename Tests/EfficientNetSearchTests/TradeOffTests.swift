import EfficientNet
import EfficientNetCompute
import EfficientNetTraining
import Foundation
import Testing

@testable import EfficientNetSearch

/// Curves of the accuracy that each dimension adds.
@Suite("Trade-off")
struct TradeOffTests {
  private static func factors(_ u: [Double]) -> CompoundCoefficients {
    CompoundCoefficients(depth: exp2(u[0]), width: exp2(u[1] / 2), resolution: exp2(u[2] / 2))
  }

  private static let baseline = SearchSpace.efficientNet.reference

  private static let alone: [[Double]] =
    [[0, 0, 0]]
    + (0..<3).flatMap { axis in
      [0.5, 1, 1.5, 2].map { value in (0..<3).map { $0 == axis ? value : 0 } }
    }

  private static func curve(_ u: [Double]) -> Double {
    0.4 + 0.05 * u[0] - 0.01 * u[0] * u[0] + 0.08 * u[1] - 0.02 * u[1] * u[1] + 0.02 * u[2]
  }

  @Test("fitted curves equal the true ones")
  func fit() throws {
    let tradeOff = try #require(
      TradeOff(Self.alone.map { (Self.factors($0), Self.curve($0)) }, of: Self.baseline))
    #expect(tradeOff.deviation < 1e-4 && abs(tradeOff.mostDoublings - 2) < 1e-9)
    for u in [[0.3, 0.2, 0.1], [1, 1, 0], [0, 0.7, 1.3]] {
      let expected = Self.curve(u) - Self.curve([0, 0, 0])
      #expect(abs(tradeOff.gain(Self.factors(u)) - expected) < 1e-4)
    }
  }

  @Test("the margin of a gain is that of its regression")
  func margin() throws {
    // Accuracies alternate around the curve.
    func tradeOff(_ noise: Double) throws -> TradeOff {
      try #require(
        TradeOff(
          Self.alone.enumerated().map { index, u in
            (Self.factors(u), Self.curve(u) + (index.isMultiple(of: 2) ? noise : -noise))
          }, of: Self.baseline))
    }
    let (small, large) = (try tradeOff(0.001), try tradeOff(0.002))
    let factors = Self.factors([0.5, 0.5, 0.5])
    let margin = small.gainMargin(factors)
    #expect(margin > 0.001 && margin < 0.02, "\(margin)")
    #expect(abs(large.gainMargin(factors) / margin - 2) < 0.01)
    // Less is known of two doublings than of half a doubling.
    #expect(
      small.gainMargin(Self.factors([0.5, 0, 0])) < small.gainMargin(Self.factors([2, 0, 0])))
    #expect(small.gainMargin(Self.factors([0, 0, 0])) < 1e-9)
  }

  @Test("the best mix has equal marginal returns")
  func mixes() throws {
    let tradeOff = try #require(
      TradeOff(Self.alone.map { (Self.factors($0), Self.curve($0)) }, of: Self.baseline))
    // 0.05 − 0.02·u = 0.08 − 0.04·v with u + v = 2: v = 7/6; an eighth of two doublings is a
    // quarter.
    let best = try #require(tradeOff.mixes(doublings: 2).first)
    #expect(best.resolution == 1 && [0.5, 0.625].map { exp2($0 / 2) }.contains(best.width))
    #expect(abs(best.cost - 2) < 1e-12)
    #expect(tradeOff.mixes(doublings: 2).count == 45)
    // Outside the measured range, the mix counts, not the size.
    #expect(
      abs(tradeOff.gain(best.factors(phi: 2)) - tradeOff.gain(best.factors(phi: 5))) < 1e-12)
  }

  @Test("a trade-off of an experiment near chance is doubted, with the margin of a difference")
  func doubt() throws {
    let place = FileManager.default.temporaryDirectory.path + "/tradeoff-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: place) }
    var baseline = Self.baseline
    baseline.classes = 4
    let study = DimensionStudy(
      Baseline(baseline), coefficients: .paper, factors: [1.5, 2], settings: [])
    func tradeOff(_ top1: (Int) -> Double) throws -> TradeOff {
      try? FileManager.default.removeItem(atPath: place)
      let folder = try ExperimentFolder(creating: place)
      let recipe = Recipe.short
      try folder.write(
        ExperimentSettings(
          version: "1", command: "effnet", data: "photos", validationShare: 0.2, subset: nil,
          dataFingerprint: 0, recipe: recipe, precision: .float32, firstSeed: 0, seeds: 1,
          brokenLimit: 10, study: .dimensions(study)))
      try folder.write(
        study.candidates.enumerated().map { index, candidate in
          TrialResult(
            Trial(candidate, seed: 0, epochs: recipe.epochs), top1: top1(index), loss: 1,
            trainingLoss: 1,
            seconds: 1, validationPhotos: 100)
        })
      return try TradeOff(folder)
    }
    let guessed = try tradeOff { 0.25 + 0.01 * Double($0 % 3) }
    #expect(guessed.verdict == .nearChance)
    #expect(guessed.doubt?.contains("no network of the experiment is clearly better") == true)
    #expect(guessed.margin.map { 0.1...0.2 ~= $0 } == true)
    #expect(guessed.doubt?.contains("its margins are 1") == true)
    let clear = try tradeOff { $0 == 0 ? 0.9 : 0.4 }
    #expect(clear.verdict == .best && clear.doubt == nil)
    let two = try tradeOff { $0 < 2 ? 0.9 : 0.4 }
    #expect(
      two.verdict == .tie
        && two.doubt?.hasPrefix("the experiment has no winner: its highest network is not ") == true
    )
    #expect(two.doubt?.contains("no better founded") == false)
    let equal = try tradeOff { 0.6 + 0.01 * Double($0 % 2) }
    #expect(equal.doubt?.hasSuffix("are no better founded than the paper's") == true)
  }

  @Test("curves that bend upward become straight, and too few networks give no curve")
  func straight() throws {
    let tradeOff = try #require(
      TradeOff(
        Self.alone.map { u in (Self.factors(u), 0.4 + 0.01 * u[0] * u[0] + 0.01 * u[1]) },
        of: Self.baseline))
    let half = tradeOff.gain(Self.factors([1, 0, 0]))
    #expect(abs(tradeOff.gain(Self.factors([2, 0, 0])) - 2 * half) < 1e-9)
    #expect(
      TradeOff(Self.alone.prefix(7).map { (Self.factors($0), 0.5) }, of: Self.baseline) == nil)
  }
}
