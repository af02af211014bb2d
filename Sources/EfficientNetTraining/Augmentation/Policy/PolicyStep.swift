/// One of the operations in a row of AutoAugment's policy, with a probability of its own.
struct PolicyStep: Hashable {
  let operation: PolicyOperation
  let probability: Double
  /// From 0 to 10.
  let level: Double

  private init(_ operation: PolicyOperation, _ probability: Double, _ level: Double) {
    (self.operation, self.probability, self.level) = (operation, probability, level)
  }

  private typealias Step = PolicyStep

  /// AutoAugment's policy for ImageNet, pairs of operations: (operation, probability, level).
  ///
  /// Source: Cubuk et al. 2019, [AutoAugment](https://arxiv.org/abs/1805.09501), table 9.
  static let imageNet: [[PolicyStep]] = [
    [Step(.posterize, 0.4, 8), Step(.rotate, 0.6, 9)],
    [Step(.solarize, 0.6, 5), Step(.autocontrast, 0.6, 5)],
    [Step(.equalize, 0.8, 8), Step(.equalize, 0.6, 3)],
    [Step(.posterize, 0.6, 7), Step(.posterize, 0.6, 6)],
    [Step(.equalize, 0.4, 7), Step(.solarize, 0.2, 4)],
    [Step(.equalize, 0.4, 4), Step(.rotate, 0.8, 8)],
    [Step(.solarize, 0.6, 3), Step(.equalize, 0.6, 7)],
    [Step(.posterize, 0.8, 5), Step(.equalize, 1.0, 2)],
    [Step(.rotate, 0.2, 3), Step(.solarize, 0.6, 8)],
    [Step(.equalize, 0.6, 8), Step(.posterize, 0.4, 6)],
    [Step(.rotate, 0.8, 8), Step(.color, 0.4, 0)],
    [Step(.rotate, 0.4, 9), Step(.equalize, 0.6, 2)],
    [Step(.equalize, 0.0, 7), Step(.equalize, 0.8, 8)],
    [Step(.invert, 0.6, 4), Step(.equalize, 1.0, 8)],
    [Step(.color, 0.6, 4), Step(.contrast, 1.0, 8)],
    [Step(.rotate, 0.8, 8), Step(.color, 1.0, 2)],
    [Step(.color, 0.8, 8), Step(.solarize, 0.8, 7)],
    [Step(.sharpness, 0.4, 7), Step(.invert, 0.6, 8)],
    [Step(.shearX, 0.6, 5), Step(.equalize, 1.0, 9)],
    [Step(.color, 0.4, 0), Step(.equalize, 0.6, 3)],
    [Step(.equalize, 0.4, 7), Step(.solarize, 0.2, 4)],
    [Step(.solarize, 0.6, 5), Step(.autocontrast, 0.6, 5)],
    [Step(.invert, 0.6, 4), Step(.equalize, 1.0, 8)],
    [Step(.color, 0.6, 4), Step(.contrast, 1.0, 8)],
    [Step(.equalize, 0.8, 8), Step(.equalize, 0.6, 3)],
  ]
}
