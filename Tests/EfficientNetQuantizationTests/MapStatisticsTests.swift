import EfficientNet
import EfficientNetTestSupport
import Testing

@testable import EfficientNetQuantization

@Suite("Statistics of feature maps")
struct MapStatisticsTests {
  /// Values of different shapes: all in [−1, 1), like a bell, mostly small, and with outliers.
  static let samples: [[Float]] = {
    let unit = (0..<4).map { Formula.unit("values \($0)", count: 5000).map { Float($0) } }
    let bell = (0..<5000).map { index in unit.reduce(0) { $0 + $1[index] } }
    return [unit[0], bell, bell.map { $0 * $0 * $0 }, unit[0] + [9, -7], unit[0].map { $0 + 3 }]
  }()

  private func statistics(_ maps: [[Float]], channels: Int = 1) -> MapStatistics {
    maps.reduce(into: MapStatistics(channels: channels)) { $0.add($1) }
  }

  @Test("quantiles are those of the values, up to the width of a bin", arguments: samples)
  func quantiles(values: [Float]) {
    let statistics = statistics([values])
    let sorted = values.sorted()
    for share in [0.0001, 0.01, 0.25, 0.5, 0.9, 0.9999, 1] {
      let exact = sorted[max(Int((share * Double(values.count)).rounded(.up)) - 1, 0)]
      #expect(abs(statistics.quantile(share) - exact) <= statistics.binWidth, "\(share)")
    }
    #expect(statistics.minimum == sorted.first && statistics.maximum == sorted.last)
  }

  @Test("the counts do not depend on the order of the maps")
  func order() {
    let maps = [Float(0.01), 0.9, 70, 4000].map { size in
      Formula.unit("map \(size)", count: 3000).map { Float($0) * size }
    }
    let expected = statistics(maps)
    #expect(expected.counts.count { $0 > 0 } > 1000)
    for order in [[3, 2, 1, 0], [1, 3, 0, 2], [2, 0, 3, 1]] {
      let found = statistics(order.map { maps[$0] })
      #expect(found.counts == expected.counts && found.limit == expected.limit)
    }
  }

  @Test("the largest number below a power of two has a bin", arguments: [Float(1), 8, 0.125])
  func largest(limit: Float) {
    let statistics = statistics([[limit.nextDown, -limit.nextDown, 0]])
    #expect(statistics.limit == limit)
    let counts = statistics.counts
    #expect(counts.first == counts.last && counts.first == counts.max())
    #expect(counts.count { $0 > 0 } == 3)
  }

  @Test("means and mean squares belong to channels")
  func means() {
    let statistics = statistics([[1, -2, 3, -4], [5, -6]], channels: 2)
    // The mean squares of the photos are 7.5 and 30.5, so their weights are 1/2 and 1/4.
    #expect(statistics.means == [2.6, -3.6])
    #expect(statistics.meanSquares == [9, 15.2])
  }

  @Test("a photo with far larger values than all others does not choose the range and the means")
  func outlier() {
    let maps = (0..<200).map { photo in
      Formula.unit("photo \(photo)", count: 100).map { Float($0) * (photo == 7 ? 1000 : 1) + 1 }
    }
    let statistics = statistics(maps)
    #expect(statistics.codes(.meanSquare).scale < 0.05 * statistics.codes(.minMax).scale)
    #expect(abs(statistics.means[0] - 1) < 0.1 && statistics.meanSquares[0] < 6)
  }

  @Test("0 is a code, and the codes reach the values", arguments: samples, RangeMethod.allCases)
  func ranges(values: [Float], method: RangeMethod) {
    let codes = statistics([values]).codes(method)
    #expect(0...255 ~= codes.zeroPoint && codes.scale > 0)
    let (low, high) = (min(values.min() ?? 0, 0), max(values.max() ?? 0, 0))
    let range = (
      low: -Float(codes.zeroPoint) * codes.scale, high: Float(255 - codes.zeroPoint) * codes.scale
    )
    #expect(range.low >= low - codes.scale && range.high <= high + codes.scale)
    if method == .minMax {
      #expect(range.low <= low + 0.51 * codes.scale && range.high >= high - 0.51 * codes.scale)
    }
  }

  @Test("outputs of ReLU6 have codes from 0 on", arguments: RangeMethod.allCases)
  func relu6(method: RangeMethod) {
    let codes = statistics(Self.samples.map { $0.map { min(max($0, 0), 6) } }).codes(method)
    #expect(codes.zeroPoint == 0 && codes.scale <= 6 / 255)
  }

  @Test("a map of zeros has codes", arguments: RangeMethod.allCases)
  func zeros(method: RangeMethod) throws {
    let codes = statistics([[0, 0]]).codes(method)
    #expect(codes.zeroPoint == 0)
    #expect(Quantization(maps: ["a": codes], calibration: "").complaint(for: .tiny[0]) == nil)
  }

  @Test(
    "the range of the least squared error is not worse than that of all values",
    arguments: samples)
  func meanSquare(values: [Float]) {
    func error(_ method: RangeMethod) -> Double {
      let codes = statistics([values]).codes(method)
      return values.reduce(0) { sum, value in
        let code = min(
          max((value / codes.scale).rounded(), Float(-codes.zeroPoint)),
          Float(255 - codes.zeroPoint))
        let difference = Double(value - code * codes.scale)
        return sum + difference * difference
      }
    }
    // The estimate takes values inside a step as spread evenly.
    #expect(error(.meanSquare) <= 1.1 * error(.minMax))
  }
}
