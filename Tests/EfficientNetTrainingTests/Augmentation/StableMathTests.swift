import EfficientNetCompute
import Foundation
import Testing

@testable import EfficientNetTraining

@Suite("Platform-independent mathematics") struct StableMathTests {
  @Test func exponential() {
    for step in -7000...7000 {
      let x = Double(step) * 0.0999
      let expected = exp(x)
      #expect(abs(StableMath.exp(x) - expected) <= 2e-15 * expected, "\(x)")
    }
    #expect(StableMath.exp(0) == 1)
    #expect(StableMath.exp(-701) == 0)
    #expect(StableMath.exp(701) == .infinity)
  }

  @Test func logarithm() {
    for step in 1...5000 {
      let n = Double(step)
      for x in [n / 1000, 1 / n, n * 1e280, n * Double.leastNonzeroMagnitude] {
        let expected = log(x)
        #expect(abs(StableMath.log(x) - expected) <= 1e-15 * max(1, abs(expected)), "\(x)")
      }
    }
    #expect(StableMath.log(1) == 0)
  }

  @Test func sineAndCosine() {
    for step in -1570...1570 {
      let x = Double(step) / 1000
      let (sine, cosine) = StableMath.sineAndCosine(x)
      #expect(abs(sine - sin(x)) <= 1e-15 && abs(cosine - cos(x)) <= 1e-15, "\(x)")
    }
  }

  /// Beta(α, α) has the moments of x − ½: variance v = 1 / (4 (2α + 1)), fourth 3 / (16 (2α + 1)(2α
  /// + 3)).
  @Test(arguments: [0.01, 0.2, 0.4, 0.5, 0.51, 0.8, 1, 1.5, 4, 50])
  func beta(alpha: Double) {
    var generator = SeededGenerator(seed: 11)
    let count = 100_000
    var (mean, second, fourth) = (0.0, 0.0, 0.0)
    for _ in 0..<count {
      let x = generator.beta(alpha)
      #expect(0...1 ~= x)
      let d = x - 0.5
      (mean, second, fourth) = (mean + d, second + d * d, fourth + d * d * d * d)
    }
    let variance = 1 / (4 * (2 * alpha + 1))
    let kurtosis = 3 / (16 * (2 * alpha + 1) * (2 * alpha + 3))
    // Five standard errors; the fourth moment's error is at most that of a number in 0…1/16.
    let root = Double(count).squareRoot()
    #expect(abs(mean / Double(count)) < 5 * variance.squareRoot() / root)
    #expect(
      abs(second / Double(count) - variance) < 5 * (kurtosis - variance * variance).squareRoot()
        / root)
    #expect(abs(fourth / Double(count) - kurtosis) < 5 * (kurtosis / 16).squareRoot() / root)
  }

  /// The logarithm is uniform, so half of the numbers are below the geometric mean.
  @Test func logarithmicRange() {
    var generator = SeededGenerator(seed: 12)
    let values = (0..<10_000).map { _ in generator.logarithmic(in: 0.25...16) }
    #expect(values.allSatisfy { 0.25...16 ~= $0 })
    // The standard error is 50.
    #expect(abs(values.count { $0 < 2 } - 5000) < 250)
    #expect(abs(values.count { $0 < 0.5 } - 1667) < 190)
    #expect(generator.logarithmic(in: 3...3) == 3)
  }
}
