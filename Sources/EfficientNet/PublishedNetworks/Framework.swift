/// A framework that builds these networks. Frameworks differ in padding, batch norm and
/// preprocessing, and so in their results.
package enum Framework: String, Hashable, Sendable, CaseIterable {
  /// The authors' TensorFlow code, under the short names: "b0".
  case official
  /// Keras' applications: "keras/EfficientNetB0".
  case keras
  /// timm's own networks: "timm/efficientnet_b0".
  case timm
  /// timm's networks for weights from TensorFlow: "timm/tf_efficientnet_b0".
  case timmTensorFlow
  /// torchvision: "torchvision/efficientnet_b0".
  case torchvision
  /// lukemelas' EfficientNet-PyTorch: "lukemelas/efficientnet-b0".
  case lukemelas

  var prefix: String {
    switch self {
    case .official: ""
    case .timmTensorFlow: Self.timm.prefix
    case .keras, .timm, .torchvision, .lukemelas: "\(rawValue)/"
    }
  }

  /// Returns a variant as the framework builds it, at the variant's own resolution.
  func architecture(of variant: Variant) -> Architecture {
    var architecture = variant.architecture
    switch self {
    case .official, .keras, .lukemelas:
      break
    case .timmTensorFlow:
      architecture.batchNormMomentum = 0.9
    case .timm:
      architecture.padding = .symmetric
      (architecture.batchNormEpsilon, architecture.batchNormMomentum) = (1e-5, 0.9)
    case .torchvision:
      architecture.padding = .symmetric
      (architecture.batchNormEpsilon, architecture.batchNormMomentum) =
        torchvisionBatchNorm(variant)
    }
    if self == .timm || self == .timmTensorFlow, variant.family == .mnasNetSmall {
      // timm decides by the actual input channels of the block.
      architecture.stages[0].skip = .identity
    }
    if self == .timm, variant.family == .mobileNetV1 { architecture.activation = .relu6 }
    return architecture
  }

  /// Returns torchvision's epsilon and momentum, those of the recipe that trained the weights.
  private func torchvisionBatchNorm(_ variant: Variant) -> (epsilon: Double, momentum: Double) {
    switch variant.family {
    case .mnasNetA1, .mnasNetB1, .mnasNetSmall: (1e-5, 0.9997)
    case .v2Base, .v2Small, .v2Medium, .v2Large, .v2ExtraLarge: (1e-3, 0.9)
    case .efficientNet, .lite, .edgeTPU, .mobileNetV1, .mobileNetV2, .resNet50Style, .article:
      ["b5", "b6", "b7"].contains(variant.name) ? (1e-3, 0.99) : (1e-5, 0.9)
    }
  }
}
