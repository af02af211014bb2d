package import EfficientNet

/// All numbers of a training, except the data and the network.
///
///     var recipe = Recipe.finetune
///     recipe.epochs = 20
///
/// Its JSON is part of a run's config.json. `effnet recipe` prints it, and `effnet train --recipe`
/// reads it: see ``init(json:standard:)``.
public struct Recipe: Hashable, Encodable, Sendable {
  /// The decay of the learning rate.
  public enum Decay: Hashable, Sendable {
    /// No decay.
    case constant
    /// Half a cosine, down to zero.
    case cosine
    /// Multiplication by `factor` every `epochs` epochs.
    case exponential(factor: Double, epochs: Double)
  }

  /// The name.
  public var name: String
  /// The passes over the photos.
  public var epochs: Int
  /// The first epochs, which train the new classifier alone; fewer than ``epochs``.
  public var headEpochs: Int
  /// The number of photos in a batch. The last batch of an epoch may be smaller. If it has a single
  /// photo and batch norms learn, it is skipped; the next epoch shows the photo in another batch.
  public var batch: Int
  /// The batches whose gradients are averaged for a step; the last step of an epoch may have fewer.
  public var accumulation: Int
  /// The optimizer.
  public var optimizer: OptimizerRule
  /// The learning rate for steps of ``rateBatch`` photos; ``scaledRate`` is the rate for this
  /// recipe's steps.
  public var rate: Double
  /// The number of photos in a step that ``rate`` is for.
  public var rateBatch: Int
  /// The decay of the learning rate.
  public var decay: Decay
  /// The warm-up: epochs over which the rate rises from 0, at the beginning and again after the
  /// head epochs.
  public var warmUpEpochs: Double
  /// The factor of the learning rate from each block to the one before it.
  public var layerDecay: Double
  /// The weight decay: decoupled with AdamW, else added to the gradient.
  public var weightDecay: Double
  /// The parameters with weight decay.
  public var decayed: DecayedParameters
  /// The label smoothing: the share of the target that is spread over all classes.
  public var smoothing: Double
  /// Whether the loss is weighted so that every class counts equally.
  public var balancesClasses: Bool
  /// Whether batch norms keep their statistics.
  public var freezesNorms: Bool
  /// The decay of the moving average of the weights; nil for no average.
  @NullIfNil public var average: Double?
  /// The largest norm of the gradients; nil for no limit.
  @NullIfNil public var clip: Double?
  /// The share of features dropped before the classifier; nil for the network's own.
  @NullIfNil public var dropout: Double?
  /// The share of images for which the last block's branch is dropped; nil for the network's own.
  @NullIfNil public var stochasticDepth: Double?
  /// The epochs without improvement after which training stops; nil for never. An improvement is a
  /// higher validation top-1, or the same top-1 with a lower validation loss.
  @NullIfNil public var patience: Int?
  /// The augmentation of the training photos.
  public var augmentation: Augmentation

  /// For pretrained networks: SGD with a cosine decay. The classifier is trained alone for one
  /// epoch, then all layers; batch norms keep their statistics.
  ///
  /// Gradients are clipped: with frozen norms, Lite0 otherwise loses its pretrained features at
  /// this rate.
  public static let finetune = Recipe(
    name: "finetune", epochs: 10, headEpochs: 1, batch: 32, accumulation: 1,
    optimizer: .sgd(momentum: 0.9, nesterov: true), rate: 0.02, rateBatch: 32, decay: .cosine,
    warmUpEpochs: 0.5, layerDecay: 1, weightDecay: 1e-5, decayed: .weights, smoothing: 0.1,
    balancesClasses: false, freezesNorms: true, average: nil, clip: 1, dropout: nil,
    stochasticDepth: 0, patience: nil, augmentation: .finetune)

  /// For pretrained networks: ``finetune`` with AdamW, which fits faster, and its own rate and
  /// weight decay.
  ///
  /// All layers are trained from the first step, and the rate rises over one epoch. A head epoch
  /// does not help: see `Docs/train.md`.
  public static let finetuneAdamW: Recipe = {
    var recipe = finetune
    recipe.name = "finetune-adamw"
    recipe.take(.adamW())
    (recipe.headEpochs, recipe.warmUpEpochs) = (0, 1)
    return recipe
  }()

  /// The paper's recipe, for random weights and many photos.
  ///
  /// Source: Tan & Le 2019, section 5.2, and the official
  /// [main.py](https://github.com/tensorflow/tpu/tree/master/models/official/efficientnet): RMSProp
  /// with decay and momentum 0.9 and epsilon 1e-3, weight decay 1e-5 on everything except batch
  /// norms, rate 0.016 for 256 photos, × 0.97 every 2.4 epochs, 5 epochs of warm-up, moving average
  /// 0.9999, label smoothing 0.1, AutoAugment. The policy is the one for ImageNet that Cubuk et al.
  /// 2019 publish; the official code has its own, "v0".
  public static let efficientnet = Recipe(
    name: "efficientnet", epochs: 350, headEpochs: 0, batch: 32, accumulation: 1,
    optimizer: .rmsprop(decay: 0.9, momentum: 0.9, epsilon: 1e-3), rate: 0.016, rateBatch: 256,
    decay: .exponential(factor: 0.97, epochs: 2.4), warmUpEpochs: 5, layerDecay: 1,
    weightDecay: 1e-5, decayed: .weightsAndBiases, smoothing: 0.1, balancesClasses: false,
    freezesNorms: false, average: 0.9999, clip: nil, dropout: nil, stochasticDepth: 0.2,
    patience: nil, augmentation: .efficientnet)

  /// For random weights and comparisons in minutes: SGD with a cosine decay, without regularization
  /// that needs long runs.
  public static let short = Recipe(
    name: "short", epochs: 8, headEpochs: 0, batch: 32, accumulation: 1,
    optimizer: .sgd(momentum: 0.9, nesterov: true), rate: 0.05, rateBatch: 32, decay: .cosine,
    warmUpEpochs: 0.5, layerDecay: 1, weightDecay: 1e-5, decayed: .weights, smoothing: 0.1,
    balancesClasses: false, freezesNorms: false, average: nil, clip: nil, dropout: 0,
    stochasticDepth: 0, patience: nil,
    augmentation: Augmentation(crop: RandomResizedCrop(area: 0.35...1), flip: 0.5))

  /// The recipes of this package.
  public static let all: [Recipe] = [.finetune, .finetuneAdamW, .efficientnet, .short]

  /// The base learning rate of the schedule: ``rate`` · photos of a step / ``rateBatch``; with
  /// AdamW the square root of that ratio is the factor.
  ///
  /// - Precondition: ``complaint`` is nil.
  ///
  /// Source: [timm](https://github.com/huggingface/pytorch-image-models), train.py,
  /// `lr_base_scale`.
  public var scaledRate: Double {
    let ratio = Double(batchOfStep) / Double(rateBatch)
    return switch optimizer {
    case .sgd, .rmsprop: rate * ratio
    case .adamW: rate * ratio.squareRoot()
    }
  }

  /// Sets the optimizer. An optimizer of another kind also sets its standard learning rate and
  /// weight decay.
  public mutating func take(_ rule: OptimizerRule) {
    if rule.standard != optimizer.standard { (rate, rateBatch, weightDecay) = rule.standard }
    optimizer = rule
  }

  /// The memory needed besides a network and its gradients, as a multiple of the parameters: the
  /// initial weights, the optimizer's moments and the average, and a copy of each while a
  /// checkpoint is written.
  package var copiesOfParameters: Int {
    2 * (1 + optimizer.momentsCount + (average == nil ? 0 : 1))
  }

  /// Returns a network with the recipe's dropout and stochastic depth.
  package func network(_ architecture: Architecture) -> Architecture {
    var architecture = architecture
    architecture.dropout = dropout ?? architecture.dropout
    architecture.stochasticDepth = stochasticDepth ?? architecture.stochasticDepth
    return architecture
  }

  /// The number of photos in a step.
  public var batchOfStep: Int { batch * accumulation }

  /// Returns the number of photos in the largest batch of some photos.
  package func largestBatch(of photos: Dataset) -> Int { max(1, min(batch, photos.samples.count)) }

  /// Returns the schedule for epochs of the given number of steps. It begins after the head epochs,
  /// with another warm-up.
  ///
  /// - Precondition: ``complaint`` is nil, and `stepsPerEpoch` is at least 1.
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

  /// Decodes `{"constant": {}}`, `{"cosine": {}}` or
  /// `{"exponential": {"factor": 0.97, "epochs": 2.4}}`.
  ///
  /// - Throws: `DecodingError`, also for an unknown field.
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
