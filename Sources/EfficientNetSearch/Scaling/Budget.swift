import EfficientNetReports

/// What a network may cost.
package struct Budget: Hashable, Encodable, Sendable {
  package enum Kind: String, Encodable, Sendable { case latency, macs, parameters, memory }

  package let kind: Kind
  /// In milliseconds, operations, weights or bytes.
  package let amount: Double

  /// Reads an amount with its unit, which may be left out where there is one only; nil unless it is above 0.
  package init?(_ kind: Kind, _ text: String) {
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
    else { return nil }
    (self.kind, amount) = (kind, number * factor)
  }

  /// For instance "20.0 ms".
  package func words(_ amount: Double) -> String {
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
