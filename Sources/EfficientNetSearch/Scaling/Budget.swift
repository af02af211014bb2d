import EfficientNetReports

/// A limit on the cost of a network.
package struct Budget: Hashable, Encodable, Sendable {
  package enum Kind: String, Encodable, Sendable { case latency, macs, parameters, memory }

  package let kind: Kind
  /// The limit in milliseconds, operations, weights or bytes.
  package let amount: Double

  /// Reads an amount above 0 with its unit, which operations and weights may omit; nil if it is
  /// invalid.
  package init?(_ kind: Kind, _ text: String) {
    let units: [(String, Double)] =
      switch kind {
      case .latency: [("ms", 1), ("s", 1000)]
      case .macs, .parameters: [("K", 1e3), ("M", 1e6), ("G", 1e9), ("", 1)]
      case .memory: [("MB", 1e6), ("GB", 1e9), ("KB", 1e3), ("B", 1)]
      }
    let found = units.first { text.uppercased().hasSuffix($0.0.uppercased()) }
    // Double also accepts hexadecimal numbers.
    guard let (unit, factor) = found, !text.lowercased().contains("x"),
      let number = Double(text.dropLast(unit.count)), number > 0, (number * factor).isFinite
    else { return nil }
    (self.kind, amount) = (kind, number * factor)
  }

  /// An amount with its unit, such as "20.0 ms".
  package func words(_ amount: Double) -> String {
    switch kind {
    case .latency: "\(amount.formatted(significant: 3)) ms"
    case .macs: "\(amount.abbreviated) MACs"
    case .parameters: "\(amount.abbreviated) parameters"
    case .memory:
      amount >= 1e5
        ? "\((amount / 1e6).formatted(significant: 4)) MB" : "\(amount.abbreviated) bytes"
    }
  }
}
