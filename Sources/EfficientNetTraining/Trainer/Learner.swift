internal import EfficientNet
internal import EfficientNetCompute

/// A network with the optimizer and the loss of a recipe.
///
///     let value = learner.learn(from: batch, seed: 1)   // adds gradients
///     learner.step(rate: 0.01)
struct Learner {
  let network: TrainingNetwork
  let optimizer: Optimizer
  let loss: CrossEntropy
  private let recipe: Recipe
  /// See ``RunConfiguration/warmsUpNorms``.
  private let warmsUpNorms: Bool

  /// Creates a learner for training on photos.
  init(
    _ model: Model, for configuration: RunConfiguration, photos: Dataset, pool: ThreadPool,
    room: Int? = nil
  ) throws {
    let recipe = configuration.recipe
    self.recipe = recipe
    warmsUpNorms = configuration.warmsUpNorms == true
    network = try TrainingNetwork(
      recipe.network(model.description.architecture), weights: model.weights,
      maximumBatch: recipe.largestBatch(of: photos), pool: pool,
      copies: recipe.copiesOfParameters, precision: configuration.precision ?? .float32,
      room: room)
    optimizer = Optimizer(
      recipe.optimizer, for: network, decay: recipe.weightDecay, decayed: recipe.decayed,
      layerDecay: recipe.layerDecay)
    loss = CrossEntropy(
      smoothing: recipe.smoothing,
      classWeights: recipe.balancesClasses ? Self.balancedWeights(photos) : nil)
  }

  /// Class weights that make all classes count equally; their mean over the photos is 1.
  private static func balancedWeights(_ photos: Dataset) -> [Double] {
    let counts = photos.photosPerClass
    let present = Double(counts.filter { $0 > 0 }.count)
    return counts.map { $0 == 0 ? 0 : Double(photos.samples.count) / (present * Double($0)) }
  }

  /// Sets the layers that are trained. Frozen layers keep their statistics too.
  func freeze(_ freezing: Freezing) {
    network.freeze(freezing, freezesNorms: recipe.freezesNorms)
  }

  /// Whether to train on a batch. If batch norms learn, a batch of a single photo is skipped, since
  /// the norms would subtract the photo's own mean; PyTorch refuses it for maps of one pixel, and
  /// timm drops all smaller batches. A recipe with batches of one photo trains on them.
  func learns(from batch: Batch) -> Bool {
    batch.labels.count > 1 || recipe.batch == 1 || network.frozenNorms.allSatisfy(\.self)
  }

  /// Adds the gradients of a batch if its loss is finite.
  func learn(from batch: Batch, seed: UInt64) -> CrossEntropy.Value {
    if warmsUpNorms {
      network.batch.momentumLimit = WeightAverage.mostKept(step: optimizer.steps)
    }
    let logits = network.forward(batch.images, seed: seed)
    let value = loss.value(logits, labels: batch.labels, targets: batch.targets)
    if value.loss.isFinite { network.backward(value.gradient) }
    return value
  }

  /// Moves the weights by the mean gradient of the given number of batches, at least one.
  func step(rate: Double, batches: Int) {
    optimizer.step(network, rate: rate, scale: 1 / Double(batches), clip: recipe.clip)
  }

  /// The seed of dropout and stochastic depth for a batch.
  static func seed(_ seed: UInt64, epoch: Int, batches: Int) -> UInt64 {
    let number = epoch &* 1_000_003 &+ batches
    return seed &+ UInt64(bitPattern: Int64(number)) &* 0x9E37_79B9
  }
}
