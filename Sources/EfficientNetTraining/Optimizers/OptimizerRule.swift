internal import EfficientNet

/// The rule of an optimizer and its numbers, as in a recipe.
public enum OptimizerRule: Hashable, Sendable {
  /// Stochastic gradient descent.
  case sgd(momentum: Double = 0.9, nesterov: Bool = true)
  /// RMSProp in TensorFlow's form: epsilon inside the root, mean squares that start at 1, and the
  /// learning rate inside the momentum.
  ///
  /// Source: Tan & Le 2019, section 5.2;
  /// [timm](https://github.com/huggingface/pytorch-image-models), RMSpropTF.
  case rmsprop(decay: Double = 0.9, momentum: Double = 0.9, epsilon: Double = 1e-3)
  /// Adam with decoupled weight decay.
  ///
  /// Source: Loshchilov & Hutter 2019, [Decoupled weight decay](https://arxiv.org/abs/1711.05101).
  case adamW(beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8)

  /// The default learning rate, the number of photos per step that it is for, and the default
  /// weight decay.
  ///
  /// SGD and AdamW have the values of ``Recipe/finetune`` and ``Recipe/finetuneAdamW``, RMSProp has
  /// those of ``Recipe/efficientnet``.
  var standard: (rate: Double, batch: Int, weightDecay: Double) {
    switch self {
    case .sgd: (0.02, 32, 1e-5)
    case .rmsprop: (0.016, 256, 1e-5)
    case .adamW: (3e-4, 32, 0.02)
    }
  }

  /// The number of moments per parameter.
  var momentsCount: Int {
    switch self {
    case .sgd: 1
    case .rmsprop, .adamW: 2
    }
  }

  /// The first number out of range as a message; nil if all are valid.
  var complaint: String? {
    func small(_ epsilon: Double) -> String? {
      epsilon > 0 && epsilon <= 1
        ? nil : "the optimizer's epsilon is \(epsilon); it must be above 0 and at most 1"
    }
    switch self {
    case .sgd(let momentum, _): return momentum.complaint(asShareOf: "momentum")
    case .rmsprop(let decay, let momentum, let epsilon):
      return decay.complaint(asShareOf: "the optimizer's decay")
        ?? momentum.complaint(asShareOf: "momentum") ?? small(epsilon)
    case .adamW(let beta1, let beta2, let epsilon):
      return beta1.complaint(asShareOf: "beta1") ?? beta2.complaint(asShareOf: "beta2")
        ?? small(epsilon)
    }
  }
}

extension OptimizerRule: Codable {
  private enum CodingKeys: String, CodingKey, CaseIterable {
    case sgd, rmsprop
    case adamW = "adamw"
  }

  /// The name of AdamW in files of early versions.
  private enum FormerCodingKeys: String, CodingKey, CaseIterable {
    case adamW
  }

  private enum SgdCodingKeys: String, CodingKey, CaseIterable {
    case momentum, nesterov
  }

  private enum RmspropCodingKeys: String, CodingKey, CaseIterable {
    case decay, momentum, epsilon
  }

  private enum AdamWCodingKeys: String, CodingKey, CaseIterable {
    case beta1, beta2, epsilon
  }

  /// Decodes an optimizer, for example `{"sgd": {"momentum": 0.9, "nesterov": true}}`; numbers left
  /// out have their defaults.
  ///
  /// - Throws: `DecodingError`, also for an unknown field.
  public init(from decoder: any Decoder) throws {
    let names = try decoder.container(keyedBy: AnyKey.self).allKeys.map(\.stringValue)
    if names == [FormerCodingKeys.adamW.stringValue] {
      self = try Self.adamW(decoder.onlyField(FormerCodingKeys.self).value)
      return
    }
    let (name, numbers) = try decoder.onlyField(CodingKeys.self)
    switch name {
    case .sgd:
      let numbers = try numbers.strictContainer(keyedBy: SgdCodingKeys.self)
      self = .sgd(
        momentum: try numbers.decodeIfPresent(Double.self, forKey: .momentum) ?? 0.9,
        nesterov: try numbers.decodeIfPresent(Bool.self, forKey: .nesterov) ?? true)
    case .rmsprop:
      let numbers = try numbers.strictContainer(keyedBy: RmspropCodingKeys.self)
      self = .rmsprop(
        decay: try numbers.decodeIfPresent(Double.self, forKey: .decay) ?? 0.9,
        momentum: try numbers.decodeIfPresent(Double.self, forKey: .momentum) ?? 0.9,
        epsilon: try numbers.decodeIfPresent(Double.self, forKey: .epsilon) ?? 1e-3)
    case .adamW: self = try Self.adamW(numbers)
    }
  }

  private static func adamW(_ numbers: any Decoder) throws -> OptimizerRule {
    let numbers = try numbers.strictContainer(keyedBy: AdamWCodingKeys.self)
    return .adamW(
      beta1: try numbers.decodeIfPresent(Double.self, forKey: .beta1) ?? 0.9,
      beta2: try numbers.decodeIfPresent(Double.self, forKey: .beta2) ?? 0.999,
      epsilon: try numbers.decodeIfPresent(Double.self, forKey: .epsilon) ?? 1e-8)
  }
}
