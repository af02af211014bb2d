import ArgumentParser
import EfficientNet
import EfficientNetReports

/// What a network may cost.
struct Budget: Hashable {
  enum Kind: String, Encodable { case latency, macs, parameters, memory }

  let kind: Kind
  /// In milliseconds, operations, weights or bytes.
  let amount: Double

  /// Reads an amount with its unit, which may be left out where there is one only.
  ///
  /// - Throws: `ValidationError`.
  init(_ kind: Kind, _ text: String) throws {
    let units: [(String, Double)] =
      switch kind {
      case .latency: [("ms", 1), ("s", 1000)]
      case .macs, .parameters: [("K", 1e3), ("M", 1e6), ("G", 1e9), ("", 1)]
      case .memory: [("MB", 1e6), ("GB", 1e9), ("KB", 1e3), ("B", 1)]
      }
    let found = units.first { text.uppercased().hasSuffix($0.0.uppercased()) }
    // Swift also reads hexadecimal numbers.
    guard let (unit, factor) = found, !text.lowercased().contains("x"),
      let number = Double(text.dropLast(unit.count)), number > 0, (number * factor).isFinite
    else {
      let example = [Kind.latency: "20ms", .macs: "1.0G", .parameters: "8M", .memory: "200MB"]
      throw ValidationError(
        "--\(kind.rawValue) is '\(text)'; it may be any amount above 0, such as \(example[kind] ?? "")"
      )
    }
    (self.kind, amount) = (kind, number * factor)
  }

  /// For instance "20.0 ms".
  func words(_ amount: Double) -> String {
    switch kind {
    case .latency: "\(amount.formatted(significant: 3)) ms"
    case .macs: "\(amount.inMillions) MACs"
    case .parameters: "\(amount.inMillions) parameters"
    case .memory:
      amount >= 1e5
        ? "\((amount / 1e6).formatted(significant: 4)) MB" : "\(amount.inMillions) bytes"
    }
  }
}
