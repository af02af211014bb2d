import Testing

@testable import EfficientNetReports

@Suite("Axis ticks")
struct AxisTicksTests {
  @Test func linearTicks() {
    let loss = AxisTicks.linear(0.31...2.27, about: 5)
    #expect(loss.labels == ["0.0", "0.5", "1.0", "1.5", "2.0", "2.5"] && loss.range == 0...2.5)
    let accuracy = AxisTicks.linear(0.905...0.99, about: 5, style: .percent)
    #expect(accuracy.labels == ["90", "92", "94", "96", "98", "100"].map { "\($0)\u{A0}%" })
    let epochs = AxisTicks.linear(1...10, about: 6, leastStep: 1, isExact: true)
    #expect(epochs.labels == ["2", "4", "6", "8", "10"] && epochs.range == 1...10)
    #expect(
      AxisTicks.linear(1...3, about: 6, leastStep: 1, isExact: true).labels == ["1", "2", "3"])
    #expect(AxisTicks.linear(1...1, about: 6, leastStep: 1, isExact: true).labels == ["1"])
    #expect(AxisTicks.linear(0...2e-5, about: 5).labels == ["0", "5e-6", "1e-5", "1.5e-5", "2e-5"])
  }

  @Test(
    "an axis of any range has at least two numbers, and they rise",
    arguments: [
      0...0, 5...5, -3...(-3), 1e-12...2e-12, 0...1e14, 0.1...0.1000001, -1e-9...1e9,
      1e14...(1e14 + 1),
    ] as [ClosedRange<Double>])
  func anyRange(range: ClosedRange<Double>) {
    let ticks = AxisTicks.linear(range, about: 5)
    #expect(2...20 ~= ticks.values.count && ticks.values.count == ticks.labels.count)
    #expect(zip(ticks.values, ticks.values.dropFirst()).allSatisfy { $0 < $1 })
    let hair = 1e-8 * (ticks.values[1] - ticks.values[0])
    #expect(ticks.range.lowerBound <= range.lowerBound + hair)
    #expect(ticks.range.upperBound >= range.upperBound - hair)
  }

  @Test func doublingTicks() {
    #expect(AxisTicks.doubling(0.499...1.7).labels == ["0.4", "0.8", "1.6"])
    #expect(AxisTicks.doubling(6.03...21).labels == ["6", "12"])
    #expect(AxisTicks.doubling(1...1).labels == ["1", "2"])
    #expect(AxisTicks.doubling(9.99...50).range == 8...50)
  }

  @Test func logarithmicTicks() {
    #expect(AxisTicks.logarithmic(1e-5...1).labels == ["1e-5", "1e-4", "1e-3", "0.01", "0.1", "1"])
    #expect(AxisTicks.logarithmic(0.003...0.02).labels == ["5e-3", "0.01", "0.02"])
    #expect(AxisTicks.logarithmic(0.1...0.1).labels == ["0.05", "0.1", "0.2"])
    // Between two powers of ten and their halves and fifths, an axis still has numbers.
    #expect(AxisTicks.logarithmic(1.09...1.27).labels == ["1.10", "1.15", "1.20", "1.25"])
    #expect(AxisTicks.logarithmic(1e-12...1e12).values.count <= 9)
  }
}
