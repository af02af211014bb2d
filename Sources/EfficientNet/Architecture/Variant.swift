/// A published network: the baseline of a family at one compound scale.
///
///     let variant = try Variant(named: "lite0")
///     variant.architecture.resolution  // 224
public struct Variant: Hashable, Sendable {
  /// The short name, for instance "b0" or "lite0".
  public let name: String
  package let family: Family
  /// The factors on width and depth, the resolution and the dropout.
  public let scale: CompoundScale

  /// All variants, family by family, from small to large.
  public static let all: [Variant] = Family.allCases.flatMap(\.variants)

  /// Creates the variant with a short name.
  ///
  /// - Parameter name: The name, for instance "b0".
  /// - Throws: ``UnknownNetworkError`` with the closest names.
  public init(named name: String) throws(UnknownNetworkError) {
    guard let variant = Self.all.first(where: { $0.name == name }) else {
      throw UnknownNetworkError(name: name, known: Self.all.map(\.name))
    }
    self = variant
  }

  package init(name: String, family: Family, scale: CompoundScale) {
    (self.name, self.family, self.scale) = (name, family, scale)
  }

  fileprivate init(
    _ name: String, _ family: Family, width: Double, depth: Double, resolution: Int,
    dropout: Double
  ) {
    self.init(
      name: name, family: family,
      scale: CompoundScale(width: width, depth: depth, resolution: resolution, dropout: dropout))
  }

  /// The network: the scaled baseline of the family.
  public var architecture: Architecture { family.architecture(name: name, scale: scale) }
}

extension Family {
  /// The published scales of the family.
  ///
  /// Sources:
  /// [tensorflow/tpu](https://github.com/tensorflow/tpu/tree/master/models/official/efficientnet),
  /// efficientnet_builder.py, lite/ and edgetpu/;
  /// [google/automl](https://github.com/google/automl/tree/master/efficientnetv2), with the
  /// resolutions used for evaluation.
  package var variants: [Variant] {
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
        Variant("b8", self, width: 2.2, depth: 3.6, resolution: 672, dropout: 0.5),
        Variant("l2", self, width: 4.3, depth: 5.3, resolution: 800, dropout: 0.5),
      ]
    case .lite:
      [
        Variant("lite0", self, width: 1.0, depth: 1.0, resolution: 224, dropout: 0.2),
        Variant("lite1", self, width: 1.0, depth: 1.1, resolution: 240, dropout: 0.2),
        Variant("lite2", self, width: 1.1, depth: 1.2, resolution: 260, dropout: 0.3),
        Variant("lite3", self, width: 1.2, depth: 1.4, resolution: 280, dropout: 0.3),
        Variant("lite4", self, width: 1.4, depth: 1.8, resolution: 300, dropout: 0.3),
      ]
    case .edgeTPU:
      [
        Variant("edgetpu-s", self, width: 1.0, depth: 1.0, resolution: 224, dropout: 0.2),
        Variant("edgetpu-m", self, width: 1.0, depth: 1.1, resolution: 240, dropout: 0.2),
        Variant("edgetpu-l", self, width: 1.2, depth: 1.4, resolution: 300, dropout: 0.3),
      ]
    case .v2Base:
      [
        Variant("v2-b0", self, width: 1.0, depth: 1.0, resolution: 224, dropout: 0.2),
        Variant("v2-b1", self, width: 1.0, depth: 1.1, resolution: 240, dropout: 0.2),
        Variant("v2-b2", self, width: 1.1, depth: 1.2, resolution: 260, dropout: 0.3),
        Variant("v2-b3", self, width: 1.2, depth: 1.4, resolution: 300, dropout: 0.3),
      ]
    case .v2Small, .v2Medium, .v2Large, .v2ExtraLarge, .mnasNetA1, .mnasNetB1, .mnasNetSmall,
      .mobileNetV1, .mobileNetV2, .resNet50Style:
      [unscaled]
    case .article:
      // The article's own coefficients: those of the official B2 to B8 under the names B1 to B7.
      [
        Variant("article-b0", self, width: 1.0, depth: 1.0, resolution: 224, dropout: 0.2),
        Variant("article-b1", self, width: 1.1, depth: 1.2, resolution: 260, dropout: 0.3),
        Variant("article-b2", self, width: 1.2, depth: 1.4, resolution: 300, dropout: 0.3),
        Variant("article-b3", self, width: 1.4, depth: 1.8, resolution: 380, dropout: 0.4),
        Variant("article-b4", self, width: 1.6, depth: 2.2, resolution: 456, dropout: 0.4),
        Variant("article-b5", self, width: 1.8, depth: 2.6, resolution: 528, dropout: 0.5),
        Variant("article-b6", self, width: 2.0, depth: 3.1, resolution: 600, dropout: 0.5),
        Variant("article-b7", self, width: 2.2, depth: 3.6, resolution: 672, dropout: 0.5),
      ]
    }
  }

  /// The baseline itself, for families with a single variant.
  private var unscaled: Variant {
    let baseline = baseline
    return Variant(
      baseline.name, self, width: 1, depth: 1, resolution: baseline.resolution,
      dropout: baseline.dropout)
  }
}
