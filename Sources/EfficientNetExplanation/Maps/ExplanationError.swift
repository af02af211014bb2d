internal import EfficientNetCompute

/// Why a network cannot be explained.
public enum ExplanationError: Error, Hashable, Sendable, CustomStringConvertible {
  /// There is no part of this name.
  case unknownStage(String, network: String, known: [String])
  /// Logits or maps are not numbers.
  case notFinite(network: String)

  /// For people.
  public var description: String {
    switch self {
    case .unknownStage(let stage, let network, let known):
      "\(network) has no stage \(stage.oneLine); there are \(known.joined(separator: ", "))"
    case .notFinite(let network):
      "the outputs of \(network) are not finite numbers; are its weights damaged?"
    }
  }
}
