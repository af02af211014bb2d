/// Why a network cannot be explained.
public enum ExplanationError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Logits or maps are not numbers.
  case notFinite(network: String)

  /// For people.
  public var description: String {
    switch self {
    case .notFinite(let network):
      "the outputs of \(network) are not finite numbers; are its weights damaged?"
    }
  }
}
