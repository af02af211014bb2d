/// Two operations in a row, each of which happens with a probability of its own.
struct SubPolicy: Hashable {
  /// One of the two.
  struct Step: Hashable {
    let operation: PolicyOperation
    let probability: Double
    /// From 0 to 10.
    let level: Double
  }

  let first: Step
  let second: Step

  private init(
    _ first: (PolicyOperation, Double, Double), _ second: (PolicyOperation, Double, Double)
  ) {
    self.first = Step(operation: first.0, probability: first.1, level: first.2)
    self.second = Step(operation: second.0, probability: second.1, level: second.2)
  }

  /// AutoAugment's policy for ImageNet: (operation, probability, level).
  ///
  /// Source: Cubuk et al. 2019, [AutoAugment](https://arxiv.org/abs/1805.09501), table 9.
  static let imageNet = [
    SubPolicy((.posterize, 0.4, 8), (.rotate, 0.6, 9)),
    SubPolicy((.solarize, 0.6, 5), (.autocontrast, 0.6, 5)),
    SubPolicy((.equalize, 0.8, 8), (.equalize, 0.6, 3)),
    SubPolicy((.posterize, 0.6, 7), (.posterize, 0.6, 6)),
    SubPolicy((.equalize, 0.4, 7), (.solarize, 0.2, 4)),
    SubPolicy((.equalize, 0.4, 4), (.rotate, 0.8, 8)),
    SubPolicy((.solarize, 0.6, 3), (.equalize, 0.6, 7)),
    SubPolicy((.posterize, 0.8, 5), (.equalize, 1.0, 2)),
    SubPolicy((.rotate, 0.2, 3), (.solarize, 0.6, 8)),
    SubPolicy((.equalize, 0.6, 8), (.posterize, 0.4, 6)),
    SubPolicy((.rotate, 0.8, 8), (.color, 0.4, 0)),
    SubPolicy((.rotate, 0.4, 9), (.equalize, 0.6, 2)),
    SubPolicy((.equalize, 0.0, 7), (.equalize, 0.8, 8)),
    SubPolicy((.invert, 0.6, 4), (.equalize, 1.0, 8)),
    SubPolicy((.color, 0.6, 4), (.contrast, 1.0, 8)),
    SubPolicy((.rotate, 0.8, 8), (.color, 1.0, 2)),
    SubPolicy((.color, 0.8, 8), (.solarize, 0.8, 7)),
    SubPolicy((.sharpness, 0.4, 7), (.invert, 0.6, 8)),
    SubPolicy((.shearX, 0.6, 5), (.equalize, 1.0, 9)),
    SubPolicy((.color, 0.4, 0), (.equalize, 0.6, 3)),
    SubPolicy((.equalize, 0.4, 7), (.solarize, 0.2, 4)),
    SubPolicy((.solarize, 0.6, 5), (.autocontrast, 0.6, 5)),
    SubPolicy((.invert, 0.6, 4), (.equalize, 1.0, 8)),
    SubPolicy((.color, 0.6, 4), (.contrast, 1.0, 8)),
    SubPolicy((.equalize, 0.8, 8), (.equalize, 0.6, 3)),
  ]
}
