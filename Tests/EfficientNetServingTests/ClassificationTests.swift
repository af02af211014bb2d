import EfficientNetCompute
import EfficientNetTestSupport
import Foundation
import Testing

@testable import EfficientNetServing

@Suite("Classification extension") struct ClassificationTests {
  private func classified(
    _ values: [Float], shape: [Int], _ count: Int, labels: [String] = []
  ) -> InferenceOutput {
    InferenceOutput(name: "p", shape: shape, values: .floats(values), isBinary: true)
      .classified(count, labels: labels)
  }

  @Test("the greatest values come first, and the lower index among equals") func order() {
    let output = classified(
      [0.25, 0.5, 0.25, 0, 0, 0, 1, 0], shape: [2, 4], 3, labels: ["a", "b", "c:d::e", "f"])
    #expect(output.shape == [2, 3] && output.datatype == .bytes && output.isBinary)
    #expect(
      output.values
        == .strings([
          "0.500000:1:b", "0.250000:0:a", "0.250000:2:cde", "1.000000:2:cde", "0.000000:0:a",
          "0.000000:1:b",
        ]))
  }

  @Test("without labels, the text ends after the index; more classes than there are give all")
  func withoutLabels() {
    let output = classified([-1.5, 2], shape: [1, 2], 100)
    #expect(output.shape == [1, 2])
    #expect(output.values == .strings(["2.000000:1", "-1.500000:0"]))
    #expect(classified([], shape: [0, 5], 3).shape == [0, 3])
    #expect(classified([1, 2], shape: [1, 1, 2], 1).shape == [1, 1])
  }

  @Test("NaN comes last") func nan() {
    let output = classified([.nan, 1, -.infinity, .infinity], shape: [1, 4], 4)
    #expect(
      output.values == .strings(["inf:3", "1.000000:1", "nan:0", "-inf:2"]))
  }

  @Test("values have six decimals, rounded like C's printf") func sixDecimals() {
    var values: [Float] = [
      0, -0.0, 0.951, 1e-7, -1e-7, 5e-7, 1.5e-6, 0.9999995, 0.99999947, 1, 9.5, -9.4999995,
      16_777_216, 123_456.79, 3e9, 1e20, .greatestFiniteMagnitude, -.greatestFiniteMagnitude,
      .leastNonzeroMagnitude, 0x1p-20, 0x1.8p-20, 0x1p-21, 0.5 + 0x1p-20,
    ]
    var generator = SeededGenerator(seed: 3)
    for _ in 0..<Mutations.count(10_000) {
      values.append(Float.random(in: -20...20, using: &generator))
      values.append(Float.random(in: 0...1, using: &generator))
      // Multiples of 2⁻⁷ with a seventh decimal of 5 are ties.
      values.append(Float(Int.random(in: -999...999, using: &generator)) / 128)
      values.append(Float(bitPattern: UInt32.random(in: 0..<0x7F80_0000, using: &generator)))
    }
    #expect(values.filter { $0.sixDecimals != String(format: "%f", Double($0)) } == [])
    #expect(Float.nan.sixDecimals == "nan" && (-Float.infinity).sixDecimals == "-inf")
  }
}
