import ArgumentParser
import EfficientNetSearch

/// Parsers of options whose value is a list, separated by commas. Their errors say what the value
/// must be; ArgumentParser adds the option and the given value.
enum NumberList {
  /// Factors above 1: "1.5,2,3,4".
  static func factors(_ text: String) throws -> [Double] {
    let factors = try values(
      text,
      "they must be above 1 and at most 64, separated by commas, such as 1.5,2,3,4"
    ) { Double($0).flatMap { $0 > 1 && $0 <= 64 ? $0 : nil } }
    guard Set(factors).count == factors.count, factors.count <= 100 else {
      throw ValidationError("they must differ, and be at most 100")
    }
    return factors
  }

  /// Values of φ: a list, "0,1,2.5", or a range of whole numbers, "0...7"; "0..7", "0…7" and "0-7"
  /// are the same range.
  static func phis(_ text: String) throws -> [Double] {
    let problem =
      "it must be a list such as 0,1,2.5 or a range such as 0...7, with at most 100 values from -20 to 20"
    var list = text
    if let range = text.wholeMatch(of: /(-?\d+) *(?:\.{2,3}|…|-|–) *(-?\d+)/),
      let first = Int(range.1), let last = Int(range.2)
    {
      guard first <= last, first >= -20, last <= 20 else { throw ValidationError(problem) }
      list = (first...last).map(String.init).joined(separator: ",")
    }
    let phis = try values(list, problem) { Double($0).flatMap { abs($0) <= 20 ? $0 : nil } }
    guard phis.count <= 100 else { throw ValidationError(problem) }
    // Names of networks have four digits of φ.
    guard Set(phis.map { ($0 * 1e4).rounded() }).count == phis.count else {
      throw ValidationError("its values must differ within four decimals")
    }
    return phis
  }

  /// Depths and resolutions: "1x1.3,2x1".
  static func settings(_ text: String) throws -> [DimensionStudy.Setting] {
    let settings: [DimensionStudy.Setting] = try values(
      text,
      "it must be a list of depths and resolutions from 1 to 20, such as 1x1.3,2x1,2x1.3"
    ) {
      let numbers = $0.split(separator: "x", omittingEmptySubsequences: false).map { Double($0) }
      guard numbers.count == 2, let depth = numbers[0], let resolution = numbers[1],
        1...20 ~= depth, 1...20 ~= resolution
      else { return nil }
      return DimensionStudy.Setting(depth: depth, resolution: resolution)
    }
    guard Set(settings).count == settings.count, settings.count <= 20 else {
      throw ValidationError("its pairs must differ, and be at most 20")
    }
    return settings
  }

  /// Parses each value of a list.
  ///
  /// - Throws: `ValidationError` with `problem` if a value cannot be parsed.
  private static func values<Value>(
    _ text: String, _ problem: String, _ value: (String) -> Value?
  ) throws -> [Value] {
    try text.split(separator: ",", omittingEmptySubsequences: false).map {
      let word = String($0.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
      guard let value = value(word) else { throw ValidationError(problem) }
      return value
    }
  }
}
