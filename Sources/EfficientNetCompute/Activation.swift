internal import CEfficientNetKernels
internal import EfficientNetSystem

/// An activation function, which applies to every element.
public enum Activation: String, Hashable, Codable, Sendable, CaseIterable {
  /// x
  case identity
  /// max(x, 0)
  case relu
  /// min(max(x, 0), 6)
  case relu6
  /// x · sigmoid(x), also known as swish
  case silu
  /// 1 / (1 + exp(−x))
  case sigmoid

  /// The value in the C kernels.
  var kernelCode: effnet_activation {
    switch self {
    case .identity: EFFNET_IDENTITY
    case .relu: EFFNET_RELU
    case .relu6: EFFNET_RELU6
    case .silu: EFFNET_SILU
    case .sigmoid: EFFNET_SIGMOID
    }
  }
}

extension Activation {
  /// Returns the function's value in double precision.
  package func exact(_ x: Double) -> Double {
    switch self {
    case .identity: x
    case .relu: max(x, 0)
    case .relu6: min(max(x, 0), 6)
    case .silu: x / (1 + exp(-x))
    case .sigmoid: 1 / (1 + exp(-x))
    }
  }
}

extension [Double] {
  /// The softmax of the numbers: exp(x[i]) / Σ_j exp(x[j]).
  package var softmax: [Double] {
    let largest = self.max() ?? 0
    let powers = map { exp($0 - largest) }
    let sum = powers.reduce(0, +)
    return powers.map { $0 / sum }
  }
}
