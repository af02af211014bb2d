public import EfficientNetCompute

/// An error of an explanation.
public enum ExplanationError: LibraryError {
  /// The logits or the map, computed in this number format, contain NaN or infinity.
  case notFinite(network: String, precision: Precision)
  /// The network has no class of this number; it has `count` classes.
  case noClass(index: Int, count: Int)
  /// The patches of an occlusion, or the steps between them, do not have 1 to 8192 pixels, or the
  /// steps are longer than the patches.
  case patches(patch: Int, stride: Int)
  /// A sheet has no panels, or more than ``ExplanationSheet/mostPanels``, which is `limit`.
  case panels(count: Int, limit: Int)

  /// The message, in one line.
  public var description: String {
    switch self {
    case .notFinite(let network, .float32), .notFinite(let network, .bfloat16),
      .notFinite(let network, .int8):
      "the outputs of \(network) are not finite numbers; are its weights damaged?"
    case .notFinite(let network, .float16):
      "the outputs of \(network) are not finite numbers in fp16, whose largest number is 65504; "
        + "use bf16 or fp32"
    case .noClass(let index, let count):
      "the network has no class \(index); its classes have the numbers 0 to \(count - 1)"
    case .patches(let patch, let stride):
      "the patch has \(patch) pixels and the stride \(stride); both must be from 1 to "
        + "\(ExplanationMethod.Occlusion.sizes.upperBound), and the stride at most the patch"
    case .panels(let count, let limit):
      "the sheet has \(count) panels; it must have at least 1 and at most \(limit) at this size"
    }
  }
}

extension ExplanationError {
  /// The kinds of errors, one for each case of ``ExplanationError``. The raw values are the names
  /// of the cases: they suit labels of metrics and fields of JSON.
  public enum Kind: String, Hashable, Sendable, CaseIterable, Codable {
    /// ``ExplanationError/notFinite(network:precision:)``.
    case notFinite
    /// ``ExplanationError/noClass(index:count:)``.
    case noClass
    /// ``ExplanationError/patches(patch:stride:)``.
    case patches
    /// ``ExplanationError/panels(count:limit:)``.
    case panels
  }

  /// The case without the numbers and names.
  public var kind: Kind {
    switch self {
    case .notFinite: .notFinite
    case .noClass: .noClass
    case .patches: .patches
    case .panels: .panels
    }
  }
}
