import Testing

@testable import EfficientNetReports

@Suite("Proportions with confidence intervals")
struct ProportionTests {
  // From scipy 1.17.1: binomtest(count, total).proportion_ci(method="wilson").
  @Test(arguments: [
    (11, 12, 0.646120, 0.985135), (0, 10, 0, 0.277533), (10, 10, 0.722467, 1),
    (912, 1000, 0.892828, 0.928019), (1, 3, 0.061492, 0.792340), (50, 200, 0.195082, 0.314341),
  ])
  func interval(count: Int, total: Int, lower: Double, upper: Double) {
    let interval = Proportion(count, of: total).interval
    #expect(abs(interval.lowerBound - lower) < 1e-6 && abs(interval.upperBound - upper) < 1e-6)
  }

  @Test func text() {
    #expect(Proportion(11, of: 12).text == "11 of 12 (91.7 %, 95 % interval 65–99 %)")
    #expect(Proportion(912, of: 1000).text == "912 of 1,000 (91.2 %, 95 % interval 89.3–92.8 %)")
    #expect(Proportion(912, of: 1000).shortText == "912 of 1,000 (91.2 %)")
    #expect(Proportion(912, of: 1000).ofTotal == "912 of 1,000")
    #expect(Proportion(share: 31 / 36, of: 12) == Proportion(10, of: 12))
    #expect(Proportion(mean: 0.115, of: 100).shortText == "11.5 of 100 (11.5 %)")
    #expect(Proportion(mean: (0.1 + 0.3) / 2, of: 1000) == Proportion(200, of: 1000))
    #expect(Proportion(mean: 0.115, of: 100).interval.contains(0.115))
    #expect(Proportion(0, of: 0).text == "0 of 0" && Proportion(0, of: 0).interval == 0...1)
  }
}
