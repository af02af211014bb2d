import EfficientNetCompute
import EfficientNetTestSupport
import Testing

@testable import EfficientNetServing

@Suite("Numbers of JSON") struct JSONNumberTests {
  private static func float(_ text: String) throws -> Float {
    var reader = JSONReader(Array(text.utf8))
    return try reader.float()
  }

  private static func double(_ text: String) throws -> Double {
    var reader = JSONReader(Array(text.utf8))
    return try reader.double()
  }

  private static func integer<Value: FixedWidthInteger>(
    _ text: String, _ type: Value.Type
  ) throws -> Value {
    var reader = JSONReader(Array(text.utf8))
    return try reader.integer()
  }

  @Test(
    "floats are the nearest ones, ties to even",
    arguments: [
      "0", "-0", "-0.0e5", "0.1", "1e-7", "16777217", "16777217.0000000000000000000000001",
      "16777219", "33554435", "1.00000005960464477539", "1.000000059604644775390625",
      "1.0000000596046447753906250000000001", "1.17549435e-38", "1.1754942e-38", "1e-45",
      "7.006492321624085e-46", "7.006492321624086e-46", "1e-400", "3.4028234663852886e38",
      "3.40282356e38", "123456789012345678901234567890", "0.000000000000000000000000000000000001",
      "9007199254740993", "18446744073709551615", "99999999999999999999e-20",
    ])
  func nearest(text: String) throws {
    #expect(try Self.float(text).bitPattern == Float(text)?.bitPattern)
    #expect(try Self.double(text).bitPattern == Double(text)?.bitPattern)
  }

  @Test("random floats come back, and the texts between them round to the nearest")
  func random() throws {
    var generator = SeededGenerator(seed: 1)
    var wrong: [String] = []
    for _ in 0..<Mutations.count(20_000) {
      let bits = UInt32.random(in: 0..<0x7F80_0000, using: &generator)
      let value = Float(bitPattern: bits)
      // The shortest text, 17 digits, and the exact middle between the float and the next one.
      let middle = (Double(value) + Double(value.nextUp)) / 2
      var texts = ["\(value)", "\(Double(value))", "\(middle)"]
      // A random number with up to 24 digits.
      let digits = UInt64.random(in: 0...(.max), using: &generator)
      texts.append(
        "\(digits)\(digits % 99_999).\(digits % 7)e\(Int.random(in: -60...20, using: &generator))")
      for text in texts {
        guard let nearest = Float(text), nearest.isFinite, let double = Double(text) else {
          continue
        }
        if try Self.float(text) != nearest || Self.double(text) != double { wrong.append(text) }
      }
    }
    #expect(wrong == [])
  }

  @Test("numbers that are too large are refused") func tooLarge() throws {
    for text in ["1e999", "-1e999", "1e39", "3.5e38", "1e99999999999999999999"] {
      let error = #expect(throws: RequestError.self) { try Self.float(text) }
      #expect(
        error?.message == "'\(text)' is too large; the largest number is 3.4028235e+38")
    }
    #expect(throws: RequestError.self) { try Self.double("1e309") }
    // A long number takes the time of its text.
    let long = String(repeating: "9", count: 1_000_000)
    #expect(throws: RequestError.self) { try Self.float(long) }
    #expect(try Self.float("0." + long) == 1)
    #expect(try Self.float("1e-" + long) == 0)
  }

  @Test("integers are exact and within their type") func integers() throws {
    #expect(try Self.integer("0", UInt8.self) == 0)
    #expect(try Self.integer("-0", UInt8.self) == 0)
    #expect(try Self.integer("255", UInt8.self) == 255)
    #expect(try Self.integer("-9223372036854775808", Int64.self) == .min)
    #expect(try Self.integer("9223372036854775807", Int64.self) == .max)
    #expect(try Self.integer("18446744073709551615", UInt64.self) == .max)
    for text in ["256", "-1", "1.0", "1e2", "1.5", "300", "18446744073709551616"] {
      let error = #expect(throws: RequestError.self) { try Self.integer(text, UInt8.self) }
      #expect(error?.message == "'\(text)' is not a whole number from 0 to 255")
    }
    for text in ["9223372036854775808", "-9223372036854775809", "10000000000000000000000"] {
      #expect(throws: RequestError.self) { try Self.integer(text, Int64.self) }
    }
    #expect(throws: RequestError.self) { try Self.integer("18446744073709551616", UInt64.self) }
    #expect(throws: RequestError.self) { try Self.integer("36893488147419103232", UInt64.self) }
  }
}
