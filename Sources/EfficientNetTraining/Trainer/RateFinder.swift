public import EfficientNet
public import EfficientNetSystem

/// Runs a ``RateTest`` on photos: one step at each of ``rates``.
///
///     let finder = try RateFinder(configuration, model: model, data: split, pool: pool)
///     let test = try finder.run { test in show(test.points.count) }
///     print(test.suggestion)
///
/// It trains all layers that are not frozen, starting from the model's weights, with the recipe's
/// optimizer, loss, batches and augmentation. It ignores the recipe's rate, schedule and head
/// epochs. The same configuration gives the same losses for any number of threads.
public final class RateFinder {
  /// The tested rates: 100 steps over seven powers of ten, from 1e-6 to 10.
  public static let rates = RateTest.rates(from: 1e-6, to: 10, steps: 100)

  /// The cache of decoded photos; nil to decode every photo.
  public var cache: PhotoCache?
  private let configuration: RunConfiguration
  private let photos: Dataset
  private let pool: ThreadPool
  private let learner: Learner
  private var epoch = 0
  private var loader: BatchLoader?

  /// Creates a test.
  ///
  /// - Parameters:
  ///   - configuration: The settings of the run.
  ///   - model: The initial network with the classes of the photos.
  ///   - data: The photos.
  ///   - pool: The threads to use.
  /// - Throws: `WeightsError`, `ArchitectureError`, `InstructionSetError`; ``TrainingError``.
  public init(
    _ configuration: RunConfiguration, model: Model, data: DataSplit, pool: ThreadPool
  ) throws {
    if let complaint = configuration.complaint { throw TrainingError.settings(complaint) }
    (self.configuration, self.pool, photos) = (configuration, pool, data.training)
    learner = try Learner(model, for: configuration, photos: photos, pool: pool)
    learner.freeze(configuration.freezing)
  }

  /// The memory that training takes in bytes.
  public var byteCount: Int { learner.network.byteCount }
  package var threads: Int { pool.threads }

  /// Runs the test until it is over or `isInterrupted` returns true. Call it only once, since it
  /// destroys the weights.
  ///
  /// - Parameters:
  ///   - isInterrupted: A closure that is called before each batch.
  ///   - show: A closure that receives the test after each step.
  /// - Throws: ``TrainingError/noRate(points:rate:)`` if the loss is not finite after too few
  ///   steps; ``TrainingError`` for too many unreadable photos; ``DataError``.
  public func run(
    isInterrupted: () -> Bool = { false }, show: (RateTest) -> Void = { _ in }
  ) throws -> RateTest {
    var test = RateTest()
    test.isFromScratch = configuration.weights == nil
    for rate in Self.rates where !test.isOver {
      var loss = 0.0
      for _ in 0..<configuration.recipe.accumulation where loss.isFinite {
        if isInterrupted() { return test }
        let (batch, seed) = try nextBatch()
        loss += learner.learn(from: batch, seed: seed).loss
      }
      test.add(rate: rate, loss: loss / Double(configuration.recipe.accumulation))
      if test.isDiverged, test.points.count < RateTest.fewestPoints {
        throw TrainingError.noRate(points: test.points.count, rate: rate)
      }
      if !test.isOver { learner.step(rate: rate, batches: configuration.recipe.accumulation) }
      show(test)
    }
    return test
  }

  /// The next full batch, in the order of training, and the seed of its dropout.
  private func nextBatch() throws -> (Batch, seed: UInt64) {
    while true {
      let batch = try loader?.next()
      try configuration.check(loader?.broken ?? [])
      if let batch {
        let seed = Learner.seed(configuration.seed, epoch: epoch, batches: batch.number + 1)
        return (batch, seed)
      }
      epoch += 1
      loader = makeLoader()
    }
  }

  /// A smaller last batch of an epoch would have a noisier loss.
  private func makeLoader() -> BatchLoader {
    let batch = configuration.recipe.batch
    let order = photos.order(epoch: epoch, seed: configuration.seed)
    let whole = max(order.count - order.count % batch, min(order.count, batch))
    return BatchLoader(
      photos, order: Array(order.prefix(whole)), batch: batch,
      input: InputPipeline(training: configuration), epoch: epoch, seed: configuration.seed,
      pool: pool, cache: cache)
  }
}
