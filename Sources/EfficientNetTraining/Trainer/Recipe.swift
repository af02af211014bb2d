internal import EfficientNet

/// How a network is trained: everything but the data and the network, as data.
///
///     var recipe = Recipe.finetune
///     recipe.epochs = 20
///
/// As JSON it is part of a run's config.json, and what `effnet recipe` prints and
/// `effnet train` reads with `--recipe`: see ``init(json:standard:)``.
public struct Recipe: Hashable, Encodable, Sendable {
  /// How the learning rate falls.
  public enum Decay: Hashable, Sendable {
    /// Not at all.
    case constant
    /// Half a cosine to zero.
    case cosine
    /// By a factor at every so many epochs.
    case exponential(factor: Double, epochs: Double)
  }

  /// Its name.
  public var name: String
  /// Times that every photo is seen.
  public var epochs: Int
  /// Epochs at the beginning in which the new classifier alone is trained; fewer than ``epochs``.
  public var headEpochs: Int
  /// Photos in a batch. The last batch of an epoch may have fewer; one that has a single photo is not
  /// trained on where batch norms learn, and its photo is in another batch in the next epoch.
  public var batch: Int
  /// Batches whose gradients are averaged for a step; the last step of an epoch may have fewer.
  public var accumulation: Int
  /// The optimizer.
  public var optimizer: OptimizerRule
  /// The learning rate for steps of ``rateBatch`` photos; see ``scaledRate`` for others.
  public var rate: Double
  /// See ``rate``.
  public var rateBatch: Int
  /// How the rate falls.
  public var decay: Decay
  /// Epochs over which the rate rises from zero to the whole rate, at the beginning and again when
  /// all is trained.
  public var warmUpEpochs: Double
  /// The factor of the learning rate from one block to the one in front of it.
  public var layerDecay: Double
  /// Weight decay.
  public var weightDecay: Double
  /// The parameters that weight decay counts for.
  public var decayed: DecayedParameters
  /// Share of the target that is spread over all classes.
  public var smoothing: Double
  /// Whether rare classes count as much as frequent ones.
  public var balancesClasses: Bool
  /// Whether batch norms keep the statistics that they have.
  public var freezesNorms: Bool
  /// What a step keeps of the moving average of the weights; nil for no average.
  @NullIfNil public var average: Double?
  /// The largest norm of the gradients; nil for any.
  @NullIfNil public var clip: Double?
  /// Share of the features dropped before the classifier; nil for the network's own.
  @NullIfNil public var dropout: Double?
  /// Share of images for which the last block's branch is dropped; nil for the network's own.
  @NullIfNil public var stochasticDepth: Double?
  /// Epochs without improvement, in validation top-1 or with the same top-1 in validation loss,
  /// after which training stops; nil for never.
  @NullIfNil public var patience: Int?
  /// What happens to photos before the network sees them.
  public var augmentation: Augmentation

  /// For pretrained networks: the classifier first, then everything, batch norms as they are, half a cosine.
  ///
  /// Gradients are clipped: with norms as they are, Lite0 otherwise forgets all it knew at this rate.
  public static let finetune = Recipe(
    name: "finetune", epochs: 10, headEpochs: 1, batch: 32, accumulation: 1,
    optimizer: .sgd(momentum: 0.9, nesterov: true), rate: 0.02, rateBatch: 32, decay: .cosine,
    warmUpEpochs: 0.5, layerDecay: 1, weightDecay: 1e-5, decayed: .weights, smoothing: 0.1,
    balancesClasses: false, freezesNorms: true, average: nil, clip: 1, dropout: nil,
    stochasticDepth: 0, patience: nil, augmentation: .finetune)

  /// The same with AdamW, which learns faster, but needs a rate and a weight decay of its own; all
  /// is trained from the first step on, and the rate rises over an epoch. To train the classifier
  /// alone for an epoch first does not help: see Docs/examples/cifar10.
  public static let finetuneAdamW: Recipe = {
    var recipe = finetune
    recipe.name = "finetune-adamw"
    recipe.take(.adamW())
    (recipe.headEpochs, recipe.warmUpEpochs) = (0, 1)
    return recipe
  }()

  /// The paper's, for networks without weights.
  ///
  /// Source: Tan & Le 2019, section 5.2, and the official
  /// [main.py](https://github.com/tensorflow/tpu/tree/master/models/official/efficientnet): RMSProp
  /// with decay and momentum 0.9 and epsilon 1e-3, weight decay 1e-5 on everything but batch norms,
  /// rate 0.016 for 256 photos, × 0.97 every 2.4 epochs, 5 epochs of warm-up, moving average
  /// 0.9999, label smoothing 0.1, AutoAugment: its policy for ImageNet as Cubuk et al. 2019 publish
  /// it, where the official code has one of its own, "v0".
  public static let efficientnet = Recipe(
    name: "efficientnet", epochs: 350, headEpochs: 0, batch: 32, accumulation: 1,
    optimizer: .rmsprop(decay: 0.9, momentum: 0.9, epsilon: 1e-3), rate: 0.016, rateBatch: 256,
    decay: .exponential(factor: 0.97, epochs: 2.4), warmUpEpochs: 5, layerDecay: 1,
    weightDecay: 1e-5, decayed: .weightsAndBiases, smoothing: 0.1, balancesClasses: false,
    freezesNorms: false, average: 0.9999, clip: nil, dropout: nil, stochasticDepth: 0.2,
    patience: nil, augmentation: .efficientnet)

  /// For networks without weights that are trained for minutes, to be compared with each other: SGD with half a cosine, and no
  /// regularisation that takes long to pay.
  public static let short = Recipe(
    name: "short", epochs: 8, headEpochs: 0, batch: 32, accumulation: 1,
    optimizer: .sgd(momentum: 0.9, nesterov: true), rate: 0.05, rateBatch: 32, decay: .cosine,
    warmUpEpochs: 0.5, layerDecay: 1, weightDecay: 1e-5, decayed: .weights, smoothing: 0.1,
    balancesClasses: false, freezesNorms: false, average: nil, clip: nil, dropout: 0,
    stochasticDepth: 0, patience: nil,
    augmentation: Augmentation(crop: RandomResizedCrop(area: 0.35...1), flip: 0.5))

  /// The recipes by name.
  public static let all: [Recipe] = [.finetune, .finetuneAdamW, .efficientnet, .short]

  /// The learning rate before its schedule: ``rate`` times the photos of a step by ``rateBatch``,
  /// or with AdamW times the square root of that.
  ///
  /// - Precondition: ``complaint`` is nil.
  /// Source: [timm](https://github.com/huggingface/pytorch-image-models), train.py,
  /// `lr_base_scale`.
  public var scaledRate: Double {
    let ratio = Double(batchOfStep) / Double(rateBatch)
    return switch optimizer {
    case .sgd, .rmsprop: rate * ratio
    case .adamW: rate * ratio.squareRoot()
    }
  }

  /// Takes an optimizer; one of another kind with its standard learning rate and weight decay,
  /// since those of the old one do not fit.
  public mutating func take(_ rule: OptimizerRule) {
    if rule.standard != optimizer.standard { (rate, rateBatch, weightDecay) = rule.standard }
    optimizer = rule
  }

  /// How many times as much as the parameters is held beside a network and its gradients: the weights that it begins with,
  /// the optimizer's moments and the average, and all of them once more while a checkpoint is written.
  var copiesOfParameters: Int { 2 * (1 + optimizer.momentsCount + (average == nil ? 0 : 1)) }

  /// Photos of a step.
  public var batchOfStep: Int { batch * accumulation }

  /// The schedule over epochs of so many steps. It begins when all is trained, with a warm-up of its own.
  ///
  /// - Precondition: ``complaint`` is nil, and there is at least one step in an epoch.
  public func schedule(stepsPerEpoch: Int) -> Schedule {
    let lead = stepsPerEpoch * headEpochs
    let steps = stepsPerEpoch * epochs - lead
    let form: Schedule.Form =
      switch decay {
      case .constant: .constant
      case .cosine: .cosine(steps: steps)
      case .exponential(let factor, let epochs):
        .exponential(factor: factor, every: epochs * Double(stepsPerEpoch))
      }
    return Schedule(
      form: form, warmUp: Int(warmUpEpochs * Double(stepsPerEpoch)), lead: lead)
  }
}

extension Recipe.Decay: Codable {
  private enum CodingKeys: String, CodingKey, CaseIterable {
    case constant, cosine, exponential
  }

  private enum ExponentialCodingKeys: String, CodingKey, CaseIterable {
    case factor, epochs
  }

  /// Reads `{"constant": {}}`, `{"cosine": {}}` or `{"exponential": {"factor": 0.97, "epochs":
  /// 2.4}}`.
  ///
  /// - Throws: `DecodingError`, also for a field that is unknown.
  public init(from decoder: any Decoder) throws {
    let (name, numbers) = try decoder.onlyField(CodingKeys.self)
    switch name {
    case .constant:
      _ = try numbers.strictContainer(keyedBy: NoFields.self)
      self = .constant
    case .cosine:
      _ = try numbers.strictContainer(keyedBy: NoFields.self)
      self = .cosine
    case .exponential:
      let numbers = try numbers.strictContainer(keyedBy: ExponentialCodingKeys.self)
      self = .exponential(
        factor: try numbers.decode(Double.self, forKey: .factor),
        epochs: try numbers.decode(Double.self, forKey: .epochs))
    }
  }
}
