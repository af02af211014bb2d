internal import EfficientNet
internal import EfficientNetCompute

/// A learned or random sequence of operations on a picture.
public enum Policy: Hashable, Sendable, Checkable {
  /// AutoAugment's policy for ImageNet: a random one of 25 pairs of operations, each with a
  /// probability and a level.
  ///
  /// Source: Cubuk et al. 2019, [AutoAugment](https://arxiv.org/abs/1805.09501), tables 6 and 9.
  case autoAugment
  /// RandAugment: applies `operations` random ones of 16 operations, with repetition, each at the
  /// level `magnitude`, 0 to 10.
  ///
  /// Source: Cubuk et al. 2020, [RandAugment](https://arxiv.org/abs/1909.13719), with the levels of
  /// `autoaugment.py` of the [official EfficientNet code][code].
  ///
  /// [code]: https://github.com/tensorflow/tpu/tree/master/models/official/efficientnet
  case randAugment(operations: Int, magnitude: Double)

  func apply(to picture: inout PixelBuffer, using generator: inout SeededGenerator) {
    check()
    switch self {
    case .autoAugment:
      let pair = Self.pairs[Int.random(in: Self.pairs.indices, using: &generator)]
      for step in pair where generator.happens(step.probability) {
        step.operation.apply(
          to: &picture, level: step.level, ranges: .autoAugment, using: &generator)
      }
    case .randAugment(let operations, let magnitude):
      let all = PolicyOperation.allCases
      for _ in 0..<operations {
        all[Int.random(in: all.indices, using: &generator)].apply(
          to: &picture, level: magnitude, ranges: .randAugment, using: &generator)
      }
    }
  }

  /// AutoAugment's policy for ImageNet: pairs of operations, with levels from 0 to 10.
  ///
  /// Source: Cubuk et al. 2019, [AutoAugment](https://arxiv.org/abs/1805.09501), table 9.
  static let pairs: [[(operation: PolicyOperation, probability: Double, level: Double)]] = [
    [(.posterize, 0.4, 8), (.rotate, 0.6, 9)],
    [(.solarize, 0.6, 5), (.autocontrast, 0.6, 5)],
    [(.equalize, 0.8, 8), (.equalize, 0.6, 3)],
    [(.posterize, 0.6, 7), (.posterize, 0.6, 6)],
    [(.equalize, 0.4, 7), (.solarize, 0.2, 4)],
    [(.equalize, 0.4, 4), (.rotate, 0.8, 8)],
    [(.solarize, 0.6, 3), (.equalize, 0.6, 7)],
    [(.posterize, 0.8, 5), (.equalize, 1.0, 2)],
    [(.rotate, 0.2, 3), (.solarize, 0.6, 8)],
    [(.equalize, 0.6, 8), (.posterize, 0.4, 6)],
    [(.rotate, 0.8, 8), (.color, 0.4, 0)],
    [(.rotate, 0.4, 9), (.equalize, 0.6, 2)],
    [(.equalize, 0.0, 7), (.equalize, 0.8, 8)],
    [(.invert, 0.6, 4), (.equalize, 1.0, 8)],
    [(.color, 0.6, 4), (.contrast, 1.0, 8)],
    [(.rotate, 0.8, 8), (.color, 1.0, 2)],
    [(.color, 0.8, 8), (.solarize, 0.8, 7)],
    [(.sharpness, 0.4, 7), (.invert, 0.6, 8)],
    [(.shearX, 0.6, 5), (.equalize, 1.0, 9)],
    [(.color, 0.4, 0), (.equalize, 0.6, 3)],
    [(.equalize, 0.4, 7), (.solarize, 0.2, 4)],
    [(.solarize, 0.6, 5), (.autocontrast, 0.6, 5)],
    [(.invert, 0.6, 4), (.equalize, 1.0, 8)],
    [(.color, 0.6, 4), (.contrast, 1.0, 8)],
    [(.equalize, 0.8, 8), (.equalize, 0.6, 3)],
  ]

  var complaint: String? {
    switch self {
    case .autoAugment: return nil
    case .randAugment(let operations, let magnitude):
      if !(0...16 ~= operations) {
        return "RandAugment's operations are \(operations); they must be 0 to 16"
      }
      return 0...10 ~= magnitude
        ? nil : "RandAugment's magnitude is \(magnitude); it must be 0 to 10"
    }
  }
}

extension Policy: Codable {
  private enum CodingKeys: String, CodingKey, CaseIterable {
    case autoAugment, randAugment
  }

  private enum RandAugmentCodingKeys: String, CodingKey, CaseIterable {
    case operations, magnitude
  }

  /// Decodes `{"autoAugment": {}}` or `{"randAugment": {"operations": 2, "magnitude": 9}}`.
  ///
  /// - Throws: `DecodingError`, also for a field that is unknown or out of range.
  public init(from decoder: any Decoder) throws {
    let (name, inner) = try decoder.onlyField(CodingKeys.self)
    switch name {
    case .autoAugment:
      _ = try inner.strictContainer(keyedBy: NoFields.self)
      self = .autoAugment
    case .randAugment:
      let numbers = try inner.strictContainer(keyedBy: RandAugmentCodingKeys.self)
      self = .randAugment(
        operations: try numbers.decode(Int.self, forKey: .operations),
        magnitude: try numbers.decode(Double.self, forKey: .magnitude))
    }
    try decoder.refuse(complaint)
  }
}
