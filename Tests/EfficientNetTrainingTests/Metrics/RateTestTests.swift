import EfficientNetCompute
import Foundation
import Testing

@testable import EfficientNetTraining

@Suite("Learning-rate range test")
struct RateTestTests {
  /// A loss that is 2.3 at small rates, falls around `fall` and rises steeply from 0.3.
  static func example(steps: Int = 100, noise: Double = 0, fall: Double = 0.01) -> RateTest {
    var (test, generator) = (RateTest(), SeededGenerator(seed: 5))
    for rate in RateTest.rates(from: 1e-5, to: 1, steps: steps) {
      let fallen = 1 / (1 + pow(fall / rate, 2))
      let loss = 2.3 - 1.8 * fallen + 20 * pow(rate / 0.3, 4) + noise * generator.normal()
      test.add(rate: rate, loss: loss)
    }
    return test
  }

  @Test("rates rise in equal ratios from the first to the last")
  func rates() {
    let rates = RateTest.rates(from: 1e-4, to: 1, steps: 5)
    for (rate, expected) in zip(rates, [1e-4, 1e-3, 1e-2, 1e-1, 1]) {
      #expect(abs(rate / expected - 1) < 1e-12)
    }
  }

  @Test(
    "the suggestion is half the rate of the minimum, also with noise", arguments: [0, 0.02, 0.1])
  func suggestion(noise: Double) throws {
    let test = Self.example(steps: 200, noise: noise)
    let suggestion = try #require(test.suggestion)
    let best = try #require(test.best)
    let steepest = try #require(test.steepest)
    // The smooth curve has its minimum at 0.059 and its steepest place, by the logarithm of the
    // rate, at 0.01.
    #expect(suggestion == best / 2)
    #expect((0.03...0.12).contains(best), "\(best)")
    #expect((0.004...0.025).contains(steepest), "\(steepest)")
    #expect(!test.endsFalling)
  }

  @Test("from random weights, the conclusion advises to compare with the recipe's rate")
  func fromScratch() {
    var test = Self.example()
    #expect(
      test.conclusion.hasSuffix(
        ", since over the many steps of a run the rate itself may be too high."))
    test.isFromScratch = true
    #expect(test.conclusion.hasSuffix(": compare it with the recipe's own rate."))
    #expect(test.conclusion.contains(" tends to suggest too low a rate, "))
  }

  @Test("the steepest place is that of the curve")
  func steepest() throws {
    // The derivative of 1 / (1 + (f / r)^2) by log r is largest at r = f.
    for fall in [1e-3, 1e-2] {
      let found = try #require(Self.example(steps: 400, fall: fall).steepest)
      #expect(abs(log(found / fall)) < 0.15)
    }
  }

  @Test("a loss that rises, hardly moves or has few steps gives no suggestion")
  func nothing() {
    var (rising, flat, short) = (RateTest(), RateTest(), RateTest())
    for (index, rate) in RateTest.rates(from: 1e-5, to: 1, steps: 50).enumerated() {
      rising.add(rate: rate, loss: 1 + Double(index))
      flat.add(rate: rate, loss: index % 2 == 0 ? 2.3 : 2.301)
      if index < 9 { short.add(rate: rate, loss: 2 - Double(index) * 0.2) }
    }
    for test in [rising, flat, short, RateTest()] {
      #expect(test.suggestion == nil && test.steepest == nil && test.best == nil)
      #expect(!test.endsFalling)
    }
  }

  @Test("a loss that still falls at the end is reported")
  func endsFalling() {
    var test = RateTest()
    for (index, rate) in RateTest.rates(from: 1e-5, to: 1e-3, steps: 40).enumerated() {
      test.add(rate: rate, loss: 3 - 0.05 * Double(index))
    }
    #expect(test.endsFalling && test.best == test.points.last?.rate)
  }

  @Test("the suggestion is not below the lowest tested rate")
  func lowest() throws {
    var test = RateTest()
    for (index, rate) in RateTest.rates(from: 1e-3, to: 1, steps: 60).enumerated() {
      test.add(rate: rate, loss: abs(Double(index) - 5) + 1)
    }
    #expect(try #require(test.best) < 1e-2)
    #expect(test.suggestion == 1e-3)
  }

  @Test("the test ends when the loss is not finite or four times the lowest")
  func over() {
    var test = RateTest()
    for (index, rate) in RateTest.rates(from: 1e-3, to: 1, steps: 20).enumerated() {
      test.add(rate: rate, loss: index < 10 ? 1 : 4.5)
      // Four of the last five losses are high, then all.
      #expect(test.isOver == (index >= 14), "\(index)")
    }
    var diverged = RateTest()
    diverged.add(rate: 0.1, loss: 2)
    diverged.add(rate: 0.2, loss: .nan)
    #expect(diverged.isOver && diverged.isDiverged && diverged.points.count == 1)
  }

  @Test("smoothing preserves straight lines")
  func smoothing() {
    var test = RateTest()
    for (index, rate) in RateTest.rates(from: 1e-3, to: 1, steps: 100).enumerated() {
      test.add(rate: rate, loss: Double(index))
    }
    for index in 5..<95 { #expect(abs(test.smoothed[index] - Double(index)) < 1e-9) }
  }
}
