import Testing

@testable import EfficientNetReports

@Suite("Numbers in reports")
struct NumbersTests {
  @Test(arguments: [
    (0.0, 2, "0.00"), (86.925, 1, "86.9"), (-0.04, 1, "0.0"), (-1.25, 1, "-1.3"),
    (1234.5, 0, "1,235"),
    (9.999, 2, "10.00"), (.nan, 2, "–"), (.infinity, 0, "–"), (1e20, 2, "1e20"),
    (1_234_567.891, 2, "1,234,567.89"),
  ])
  func fixed(value: Double, digits: Int, expected: String) {
    #expect(value.fixed(digits) == expected)
  }

  /// Some of these shares are below the half in binary, others above it.
  @Test(
    "a share whose last digit is a half is rounded up, however it was computed",
    arguments: [
      (251, "62.8"), (207, "51.8"), (231, "57.8"), (253, "63.3"), (245, "61.3"), (1, "0.3"),
      (399, "99.8"), (252, "63.0"),
    ])
  func halves(count: Int, expected: String) {
    let share = Double(count) / 400
    #expect((100 * share).fixed(1) == expected)
    #expect((100 * share).formatted(digits: 1) == expected)
    #expect(share.percent() == "\(expected)\u{A0}%")
    // Means over seeds have other errors than the share.
    let mean = [count - 1, count, count + 1].reduce(0) { $0 + Double($1) / 400 } / 3
    #expect((100 * mean).fixed(1) == expected)
    #expect(Proportion(count, of: 400).shortText == "\(count) of 400 (\(expected) %)")
    #expect(Proportion(mean: mean, of: 400).shortText == "\(count) of 400 (\(expected) %)")
  }

  @Test("numbers that are not nearly a half are rounded to the nearest")
  func nearHalves() {
    #expect(0.2499.fixed(1) == "0.2" && 0.2499999.fixed(1) == "0.2" && (-0.25).fixed(1) == "-0.3")
    #expect(99_999_999_999_999.4.fixed(0) == "99,999,999,999,999")
    #expect(123_456_789.4999.fixed(0) == "123,456,789")
  }

  @Test(arguments: [
    (0.016, "0.016"), (0.0123456, "0.0123"), (3.2e-5, "3.2e-5"), (1e-5, "1e-5"), (9.999e-6, "1e-5"),
    (1200, "1,200"), (123_456, "123,000"), (999_999, "1,000,000"), (-54_321, "-54,300"),
    (1, "1"), (100, "100"), (0, "0"), (-0.5, "-0.5"), (.leastNonzeroMagnitude, "4.94e-324"),
    (1e300, "1e300"),
    (.nan, "–"),
  ])
  func significant(value: Double, expected: String) { #expect(value.significant() == expected) }

  @Test(arguments: [
    (0.5, "0.5000"), (12_345, "12,345"), (328_956, "329.0 k"), (1e6, "1.000 M"),
    (385_814_752, "385.8 M"), (999.9e6, "999.9 M"),
    (1e9, "1.000 G"), (37.7459e9, "37.75 G"), (475.7e9, "475.7 G"),
  ])
  func abbreviated(value: Double, expected: String) { #expect(value.abbreviated == expected) }

  @Test func words() {
    #expect(1.counted(of: 9, "network", "networks") == "1 of 9 networks is")
    #expect(2.counted(of: 9, "network", "networks") == "2 of 9 networks are")
    #expect(1.counted(of: 1, "photo", "photos", verb: ("has", "have")) == "1 of 1 photo has")
    #expect(0.91349.percent(2) == "91.35\u{A0}%" && Double?.none.percent() == "–")
    #expect(
      [0, 12, 123, 1234, -1_234_567].map(\.grouped) == ["0", "12", "123", "1,234", "-1,234,567"])
  }

  @Test(arguments: [
    (4.21, "4.2 s"), (59.4, "59 s"), (59.6, "1 min 0 s"), (725, "12 min 5 s"),
    (12_000, "3 h 20 min"),
    (-1, "–"), (.nan, "–"),
  ])
  func duration(seconds: Double, expected: String) { #expect(seconds.duration == expected) }
}
