public import EfficientNet
public import EfficientNetSystem

/// Tests learning rates on photos: a ``RateTest``, a step at each of ``rates``.
///
///     let finder = try RateFinder(configuration, model: model, data: split, pool: pool)
///     let test = try finder.run { test in show(test.points.count) }
///     print(test.suggestion)
///
/// What is not frozen is trained, from the model's weights on, with the recipe's optimizer, loss, batches and augmentation.
/// The recipe's own rate, its schedule and its epochs for the classifier do not count. The same configuration gives the
/// same losses, whatever the number of threads.
public final class RateFinder {
  /// The rates: seven powers of ten in a hundred steps.
  public static let rates = RateTest.rates(from: 1e-6, to: 10, steps: 100)

  /// Where decoded photos are kept; nil to decode them every time.
  public var cache: PhotoCache?
  private let configuration: RunConfiguration
  private let photos: Dataset
  private let pool: ThreadPool
  private let learner: Learner
  private var epoch = 0
  private var loader: BatchLoader?

  /// Prepares a test.
  ///
  /// - Parameter model: The network to begin with, its classes those of the photos.
  /// - Throws: ``WeightsError``, ``ArchitectureError``, ``TrainingError``, ``InstructionSetError``.
  public init(
    _ configuration: RunConfiguration, model: Model, data: DataSplit, pool: ThreadPool
  ) throws {
    if let complaint = configuration.complaint { throw TrainingError.settings(complaint) }
    (self.configuration, self.pool, photos) = (configuration, pool, data.training)
    learner = try Learner(model, for: configuration, photos: photos, pool: pool)
    learner.freeze(configuration.freezing)
  }

  /// Bytes that training takes.
  public var byteCount: Int { learner.network.byteCount }

  /// Takes a step at each rate until the test is over or `isInterrupted`; once only, since the weights are then spoilt.
  ///
  /// - Parameter show: Is told how far it is, after each step.
  /// - Throws: ``TrainingError/noRate(points:rate:)`` if the loss is no finite number after too few steps, ``TrainingError``
  ///   for too many broken photos, ``DataError``.
  public func run(
    isInterrupted: () -> Bool = { false }, show: (RateTest) -> Void = { _ in }
  ) throws -> RateTest {
    var test = RateTest()
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

  /// A whole batch, as training would show them one epoch after another, and what its dropout is drawn from.
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

  /// A smaller batch at the end of an epoch would have a noisier loss than all others.
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
