internal import CEfficientNetKernels

/// An activation function, applied to every element.
public enum Activation: String, Hashable, Codable, Sendable, CaseIterable {
  /// x
  case identity
  /// min(max(x, 0), 6)
  case relu6
  /// x · sigmoid(x), also called swish
  case silu
  /// 1 / (1 + exp(−x))
  case sigmoid

  /// The number by which the C kernels know it.
  var kernelCode: effnet_activation {
    switch self {
    case .identity: EFFNET_IDENTITY
    case .relu6: EFFNET_RELU6
    case .silu: EFFNET_SILU
    case .sigmoid: EFFNET_SIGMOID
    }
  }
}
