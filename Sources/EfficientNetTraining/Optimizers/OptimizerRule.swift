internal import EfficientNet

/// What an optimizer does with gradients: a rule and its numbers, as a recipe states them.
public enum OptimizerRule: Hashable, Sendable {
  /// Stochastic gradient descent.
  case sgd(momentum: Double = 0.9, nesterov: Bool = true)
  /// RMSProp in TensorFlow's form: epsilon inside the root, mean squares from 1 on, the rate inside the momentum.
  ///
  /// Source: Tan & Le 2019, section 5.2; [timm](https://github.com/huggingface/pytorch-image-models), RMSpropTF.
  case rmsprop(decay: Double = 0.9, momentum: Double = 0.9, epsilon: Double = 1e-3)
  /// Adam with decoupled weight decay.
  ///
  /// Source: Loshchilov & Hutter 2019, [Decoupled weight decay](https://arxiv.org/abs/1711.05101).
  case adamW(beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8)

  /// The learning rate, the photos of a step that it is for, and the weight decay to begin with
  /// where nothing else is known.
  ///
  /// SGD's and AdamW's are those of ``Recipe/finetune`` and ``Recipe/finetuneAdamW``, RMSProp's
  /// those of ``Recipe/efficientnet``.
  var standard: (rate: Double, batch: Int, weightDecay: Double) {
    switch self {
    case .sgd: (0.02, 32, 1e-5)
    case .rmsprop: (0.016, 256, 1e-5)
    case .adamW: (3e-4, 32, 0.02)
    }
  }

  /// Numbers for each parameter that it keeps.
  var momentsCount: Int {
    switch self {
    case .sgd: 1
    case .rmsprop, .adamW: 2
    }
  }

  /// What is wrong with the numbers; nil if nothing.
  var complaint: String? {
    func small(_ epsilon: Double) -> String? {
      epsilon > 0 && epsilon <= 1
        ? nil : "the optimizer's epsilon is \(epsilon); it may be above 0 up to 1"
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
    case sgd, rmsprop, adamW
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

  /// Reads for instance `{"sgd": {"momentum": 0.9, "nesterov": true}}`; numbers that are left out
  /// are the standard ones.
  ///
  /// - Throws: `DecodingError`, also for a field that is unknown.
  public init(from decoder: any Decoder) throws {
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
    case .adamW:
      let numbers = try numbers.strictContainer(keyedBy: AdamWCodingKeys.self)
      self = .adamW(
        beta1: try numbers.decodeIfPresent(Double.self, forKey: .beta1) ?? 0.9,
        beta2: try numbers.decodeIfPresent(Double.self, forKey: .beta2) ?? 0.999,
        epsilon: try numbers.decodeIfPresent(Double.self, forKey: .epsilon) ?? 1e-8)
    }
  }
}
