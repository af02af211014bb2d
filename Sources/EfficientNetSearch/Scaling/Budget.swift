import EfficientNetReports

/// A limit on the cost of a network.
package struct Budget: Hashable, Encodable, Sendable {
  package enum Kind: String, Encodable, Sendable {
    case latency, macs, parameters, memory

    /// The units with their factors, in the order in which the end of a text is compared with them.
    fileprivate var units: [(name: String, factor: Double)] {
      let prefixes: [(name: String, factor: Double)] = [
        ("K", 1e3), ("M", 1e6), ("G", 1e9), ("T", 1e12),
      ]
      return switch self {
      case .latency: [("ms", 1), ("s", 1000)]
      // As in "1.5B parameters".
      case .macs, .parameters: prefixes + [("B", 1e9), ("", 1)]
      case .memory: prefixes.map { ("\($0.name)B", $0.factor) } + [("B", 1)]
      }
    }

    /// The rule for an amount in words, for error messages.
    package var rule: String {
      switch self {
      case .latency: "it must be above 0, in ms or s, such as 20ms"
      case .macs, .parameters:
        "it must be above 0, such as 500M; the units are k, M, G or B (both 10^9) and T"
      case .memory: "it must be above 0, in B, KB, MB, GB or TB, such as 200MB"
      }
    }
  }

  package let kind: Kind
  /// The limit in milliseconds, operations, weights or bytes.
  package let amount: Double

  /// Reads an amount above 0 with its unit, which operations and weights may omit; nil if it is
  /// invalid.
  package init?(_ kind: Kind, _ text: String) {
    let found = kind.units.first { text.uppercased().hasSuffix($0.name.uppercased()) }
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
