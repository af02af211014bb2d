internal import EfficientNet
internal import EfficientNetCompute

/// A network with what a recipe teaches it by: its optimizer and its loss.
///
///     let value = learner.learn(from: batch, seed: 1)   // adds gradients
///     learner.step(rate: 0.01)
struct Learner {
  let network: TrainingNetwork
  let optimizer: Optimizer
  let loss: CrossEntropy
  private let recipe: Recipe

  /// Prepares a network for training on photos.
  init(
    _ model: Model, for configuration: RunConfiguration, photos: Dataset, pool: ThreadPool,
    room: Int? = nil
  ) throws {
    let recipe = configuration.recipe
    var architecture = model.description.architecture
    architecture.dropout = recipe.dropout ?? architecture.dropout
    architecture.stochasticDepth = recipe.stochasticDepth ?? architecture.stochasticDepth
    self.recipe = recipe
    network = try TrainingNetwork(
      architecture, weights: model.weights, maximumBatch: recipe.batch, pool: pool,
      copies: recipe.copiesOfParameters, precision: configuration.precision ?? .float32,
      room: room)
    optimizer = Optimizer(
      recipe.optimizer, for: network, decay: recipe.weightDecay, decayed: recipe.decayed,
      layerDecay: recipe.layerDecay)
    loss = CrossEntropy(
      smoothing: recipe.smoothing,
      classWeights: recipe.balancesClasses ? Self.balancedWeights(photos) : nil)
  }

  /// Weights that make every class count as much as any other: their mean over the photos is 1.
  private static func balancedWeights(_ photos: Dataset) -> [Double] {
    let counts = photos.photosPerClass
    let present = Double(counts.filter { $0 > 0 }.count)
    return counts.map { $0 == 0 ? 0 : Double(photos.samples.count) / (present * Double($0)) }
  }

  /// Says what is trained. What is frozen keeps its statistics too.
  func freeze(_ freezing: Freezing) {
    network.freeze(freezing, freezesNorms: recipe.freezesNorms)
  }

  /// Whether a batch is trained on. One of a single photo is not where norms learn, since they would
  /// subtract the photo's own mean (PyTorch refuses it where maps have one pixel, timm drops all
  /// smaller batches), unless the recipe asks for batches of one photo.
  func learns(from batch: Batch) -> Bool {
    batch.labels.count > 1 || recipe.batch == 1 || network.frozenNorms.allSatisfy(\.self)
  }

  /// Adds the gradients of a batch, unless its loss is no finite number.
  func learn(from batch: Batch, seed: UInt64) -> CrossEntropy.Value {
    let logits = network.forward(batch.images, seed: seed)
    let value = loss.value(logits, labels: batch.labels, targets: batch.targets)
    if value.loss.isFinite { network.backward(value.gradient) }
    return value
  }

  /// Moves the weights by the mean of the gradients of so many batches, at least one.
  func step(rate: Double, batches: Int) {
    optimizer.step(network, rate: rate, scale: 1 / Double(batches), clip: recipe.clip)
  }

  /// What dropout and stochastic depth of a batch are drawn from.
  static func seed(_ seed: UInt64, epoch: Int, batches: Int) -> UInt64 {
    let number = epoch &* 1_000_003 &+ batches
    return seed &+ UInt64(bitPattern: Int64(number)) &* 0x9E37_79B9
  }
}
