import ArgumentParser
import EfficientNetSearch

/// The values of an option that takes a list with commas between them.
struct NumberList<Value: Hashable & Sendable>: Sendable {
  let values: [Value]

  init(values: [Value]) { self.values = values }

  /// - Throws: `ValidationError` with the problem unless all values can be read.
  private init(_ text: String, _ problem: String, _ value: (String) -> Value?) throws {
    values = try text.split(separator: ",", omittingEmptySubsequences: false).map {
      guard let value = value(String($0)) else { throw ValidationError(problem) }
      return value
    }
  }

  /// - Throws: `ValidationError` with the problem if there are more than so many values, or equal ones.
  private func different(atMost most: Int, _ problem: String) throws -> Self {
    guard Set(values).count == values.count, values.count <= most else {
      throw ValidationError(problem)
    }
    return self
  }
}

extension NumberList<Double> {
  /// Factors above 1: "1.5,2,3,4".
  static func factors(_ text: String) throws -> Self {
    try Self(
      text,
      "factors are '\(text)'; they may be a list of numbers above 1 up to 64, such as 1.5,2,3,4"
    ) { Double($0).flatMap { $0 > 1 && $0 <= 64 ? $0 : nil } }
    .different(atMost: 100, "factors are '\(text)'; each may be named once, and 100 of them")
  }

  /// The φ of networks: "0,1,2.5", or whole numbers, "0...7".
  static func phis(_ text: String) throws -> Self {
    let problem =
      "φ is '\(text)'; it may be a list such as 0,1,2.5, or whole numbers such as 0...7, from -20 to 20, 100 of them"
    let ends = text.split(separator: "...", omittingEmptySubsequences: false).map { Int($0) }
    var list = text
    if ends.count == 2, let first = ends[0], let last = ends[1], first <= last, first >= -20,
      last <= 20
    {
      list = (first...last).map(String.init).joined(separator: ",")
    }
    let phis = try Self(list, problem) { Double($0).flatMap { abs($0) <= 20 ? $0 : nil } }
    guard phis.values.count <= 100 else { throw ValidationError(problem) }
    // As networks are named.
    guard Set(phis.values.map { ($0 * 1e4).rounded() }).count == phis.values.count else {
      throw ValidationError(
        "φ is '\(text)'; each may be named once, to four digits after the point")
    }
    return phis
  }
}

extension NumberList<DimensionStudy.Setting> {
  /// Depths and resolutions: "1x1.3,2x1".
  static func settings(_ text: String) throws -> Self {
    try Self(
      text,
      "--under is '\(text)'; it may be a list of depths and resolutions from 1 to 20, such as 1x1.3,2x1,2x1.3"
    ) {
      let numbers = $0.split(separator: "x", omittingEmptySubsequences: false).map { Double($0) }
      guard numbers.count == 2, let depth = numbers[0], let resolution = numbers[1],
        1...20 ~= depth, 1...20 ~= resolution
      else { return nil }
      return DimensionStudy.Setting(depth: depth, resolution: resolution)
    }
    .different(atMost: 20, "--under is '\(text)'; each may be named once, and 20 of them")
  }
}
