internal import EfficientNetCompute

/// A published network: the baseline of its family at one compound scale.
///
///     let variant = try Variant(named: "lite0")
///     variant.architecture.resolution  // 224
public struct Variant: Hashable, Sendable {
  /// The short name, for instance "b0" or "lite0".
  public let name: String
  /// The family, which has the baseline.
  public let family: Family
  /// The scale.
  public let scale: CompoundScale

  /// Every variant, family by family, small to large.
  public static let all: [Variant] = Family.allCases.flatMap(\.variants)

  /// The variant with this name.
  ///
  /// - Throws: ``UnknownVariantError``.
  public init(named name: String) throws(UnknownVariantError) {
    guard let variant = Self.all.first(where: { $0.name == name }) else {
      throw UnknownVariantError(name: name)
    }
    self = variant
  }

  fileprivate init(
    _ name: String, _ family: Family, width: Double, depth: Double, resolution: Int,
    dropout: Double
  ) {
    (self.name, self.family) = (name, family)
    scale = CompoundScale(width: width, depth: depth, resolution: resolution, dropout: dropout)
  }

  /// The network: the family's baseline, scaled.
  public var architecture: Architecture { family.architecture(name: name, scale: scale) }
}

/// Variants that share a baseline.
public enum Family: String, Hashable, Sendable, CaseIterable {
  /// EfficientNet: SiLU and squeeze-and-excitation.
  case efficientNet
  /// EfficientNet-Lite, for integer hardware: ReLU6, no squeeze-and-excitation; stem, head and the
  /// repeats of the first and last stage are not scaled.
  case lite

  /// The stages of B0.
  ///
  /// Source: Tan & Le 2019, [EfficientNet](https://arxiv.org/abs/1905.11946), table 1.
  static let baseline: [Stage] = [
    .mbConv(expand: 1, kernel: 3, stride: 1, channels: 16, repeats: 1),
    .mbConv(expand: 6, kernel: 3, stride: 2, channels: 24, repeats: 2),
    .mbConv(expand: 6, kernel: 5, stride: 2, channels: 40, repeats: 2),
    .mbConv(expand: 6, kernel: 3, stride: 2, channels: 80, repeats: 3),
    .mbConv(expand: 6, kernel: 5, stride: 1, channels: 112, repeats: 3),
    .mbConv(expand: 6, kernel: 5, stride: 2, channels: 192, repeats: 4),
    .mbConv(expand: 6, kernel: 3, stride: 1, channels: 320, repeats: 1),
  ]

  /// The published scales.
  ///
  /// Sources: [tensorflow/tpu](https://github.com/tensorflow/tpu/tree/master/models/official/efficientnet),
  /// efficientnet_builder.py and lite/efficientnet_lite_builder.py.
  var variants: [Variant] {
    switch self {
    case .efficientNet:
      [
        Variant("b0", self, width: 1.0, depth: 1.0, resolution: 224, dropout: 0.2),
        Variant("b1", self, width: 1.0, depth: 1.1, resolution: 240, dropout: 0.2),
        Variant("b2", self, width: 1.1, depth: 1.2, resolution: 260, dropout: 0.3),
        Variant("b3", self, width: 1.2, depth: 1.4, resolution: 300, dropout: 0.3),
        Variant("b4", self, width: 1.4, depth: 1.8, resolution: 380, dropout: 0.4),
        Variant("b5", self, width: 1.6, depth: 2.2, resolution: 456, dropout: 0.4),
        Variant("b6", self, width: 1.8, depth: 2.6, resolution: 528, dropout: 0.5),
        Variant("b7", self, width: 2.0, depth: 3.1, resolution: 600, dropout: 0.5),
      ]
    case .lite:
      [
        Variant("lite0", self, width: 1.0, depth: 1.0, resolution: 224, dropout: 0.2),
        Variant("lite1", self, width: 1.0, depth: 1.1, resolution: 240, dropout: 0.2),
        Variant("lite2", self, width: 1.1, depth: 1.2, resolution: 260, dropout: 0.3),
        Variant("lite3", self, width: 1.2, depth: 1.4, resolution: 280, dropout: 0.3),
        Variant("lite4", self, width: 1.4, depth: 1.8, resolution: 300, dropout: 0.3),
      ]
    }
  }

  /// The baseline at any scale.
  public func architecture(name: String, scale: CompoundScale) -> Architecture {
    var stages = Self.baseline
    for index in stages.indices {
      stages[index].channels = scale.channels(stages[index].channels)
      let isFixed = self == .lite && (index == stages.startIndex || index == stages.endIndex - 1)
      if !isFixed { stages[index].repeats = scale.repeats(stages[index].repeats) }
      if self == .lite { stages[index].squeeze = nil }
    }
    return Architecture(
      name: name, resolution: scale.resolution,
      stem: self == .lite ? 32 : scale.channels(32), stages: stages,
      head: self == .lite ? 1280 : scale.channels(1280),
      activation: self == .lite ? .relu6 : .silu, dropout: scale.dropout)
  }
}

/// A name that no variant has.
public struct UnknownVariantError: Error, Hashable, CustomStringConvertible {
  /// The name.
  public let name: String

  /// Says which names there are.
  public var description: String {
    "no model is called '\(name)'; there are \(Variant.all.map(\.name).joined(separator: ", "))"
  }
}
