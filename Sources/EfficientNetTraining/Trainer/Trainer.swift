public import EfficientNet
public import EfficientNetCompute

/// Trains a network on photos, and leaves a ``RunFolder``.
///
///     let trainer = try Trainer(configuration, model: model, data: split, folder: folder, pool: pool)
///     let result = try trainer.run { progress in show(progress) }
///
/// The same configuration gives the same weights, bit for bit: whatever the number of threads, and however often the run was
/// killed and resumed.
public final class Trainer {
  private let configuration: RunConfiguration
  private let data: DataSplit
  private let folder: RunFolder
  private let pool: ThreadPool
  /// Where decoded photos are kept; nil to decode them every time.
  public var cache: PhotoCache?
  private let learner: Learner
  private let average: WeightAverage?
  private let schedule: Schedule
  private var progress = Checkpoint.Progress()
  private let clock = ContinuousClock()
  private var lastCheckpoint: ContinuousClock.Instant
  private var recipe: Recipe { configuration.recipe }
  private var network: TrainingNetwork { learner.network }
  private var optimizer: Optimizer { learner.optimizer }

  /// Prepares a run, or goes on with one if there are checkpoints in its folder.
  ///
  /// - Parameter model: The network to begin with, its classes those of the photos.
  /// - Throws: ``WeightsError``, ``ArchitectureError``, ``TrainingError``, ``InstructionSetError``.
  public init(
    _ configuration: RunConfiguration, model: Model, data: DataSplit, folder: RunFolder,
    pool: ThreadPool
  ) throws {
    let recipe = configuration.recipe
    (self.configuration, self.data) = (configuration, data)
    (self.folder, self.pool) = (folder, pool)
    let learner = try Learner(model, recipe: recipe, photos: data.training, pool: pool)
    self.learner = learner
    average = recipe.average.map { WeightAverage(of: learner.network, decay: $0) }
    let batches = (data.training.samples.count + recipe.batch - 1) / recipe.batch
    schedule = recipe.schedule(
      stepsPerEpoch: (batches + recipe.accumulation - 1) / recipe.accumulation)
    lastCheckpoint = clock.now
    try resume()
  }

  /// One for each epoch that is done.
  public var records: [EpochRecord] { progress.records }

  /// Bytes that training takes.
  public var byteCount: Int { network.byteCount }

  /// Goes on from the newest checkpoint that is whole.
  private func resume() throws {
    var failure: (any Error)?
    for path in folder.checkpoints {
      do {
        progress = try Checkpoint.read(
          path, network: network, optimizer: optimizer, average: average)
        return
      } catch {
        failure = failure ?? error
      }
    }
    if let failure { throw failure }
  }

  /// Trains until the last epoch, until the accuracy rises no more, or until `isInterrupted`.
  ///
  /// - Throws: ``TrainingError``, ``DataError``, ``WeightsError``, ``FileError``. The last checkpoint stays as it is.
  public func run(
    isInterrupted: () -> Bool = { false }, show: (TrainingProgress) -> Void = { _ in }
  ) throws -> TrainingResult {
    if folder.checkpoints.isEmpty { try save() }
    var isEarly = isPatienceOver
    while progress.epoch <= recipe.epochs, !isEarly {
      guard try trainEpoch(isInterrupted: isInterrupted, show: show) else {
        try save()
        return try result(isInterrupted: true, isEarly: false)
      }
      try finishEpoch(show: show)
      isEarly = isPatienceOver
    }
    return try result(isInterrupted: false, isEarly: isEarly)
  }

  // MARK: - An epoch

  /// Trains on the rest of an epoch; false if it was interrupted.
  private func trainEpoch(
    isInterrupted: () -> Bool, show: (TrainingProgress) -> Void
  ) throws -> Bool {
    let epoch = progress.epoch
    freeze(epoch)
    let loader = BatchLoader(
      data.training, order: data.training.order(epoch: epoch, seed: configuration.seed),
      batch: recipe.batch, input: InputPipeline(training: configuration), epoch: epoch,
      seed: configuration.seed, pool: pool, cache: cache, firstBatch: progress.batches)
    let begin = clock.now
    let (seconds, total, imagesBefore) = (progress.seconds, progress.totalSeconds, progress.images)
    var rate = 0.0
    var isAskedToStop = false
    while let batch = try loader.next() {
      try note(loader.broken)
      rate = try train(on: batch)
      let elapsed = (clock.now - begin).seconds
      (progress.seconds, progress.totalSeconds) = (seconds + elapsed, total + elapsed)
      show(
        current(
          rate: rate, imagesPerSecond: Double(progress.images - imagesBefore) / max(elapsed, 1e-9)))
      // Gradients that wait for their step are in no checkpoint.
      isAskedToStop = isAskedToStop || isInterrupted()
      let isWhole =
        progress.batches % recipe.accumulation == 0 || progress.batches == batchesPerEpoch
      if isAskedToStop, isWhole { return false }
      if (clock.now - lastCheckpoint).seconds > 60 * configuration.checkpointMinutes,
        isWhole
      {
        try save()
      }
    }
    try note(loader.broken)
    // The last batch may have had no photo that can be read.
    if progress.batches < batchesPerEpoch, progress.batches % recipe.accumulation != 0 {
      step(rate: rate)
    }
    return true
  }

  /// One batch; the learning rate that it was trained with.
  private func train(on batch: Batch) throws -> Double {
    progress.batches = batch.number + 1
    let rate = recipe.scaledRate * schedule.factor(progress.steps)
    let value = learner.learn(
      from: batch,
      seed: Learner.seed(
        configuration.seed, epoch: progress.epoch, batches: progress.batches))
    guard value.loss.isFinite else {
      throw TrainingError.diverged(step: progress.steps, rate: rate)
    }
    progress.loss += value.loss * Double(batch.labels.count)
    progress.correct += value.correct
    progress.images += batch.labels.count
    progress.totalImages += batch.labels.count
    if progress.batches % recipe.accumulation == 0 || progress.batches == batchesPerEpoch {
      step(rate: rate)
    }
    return rate
  }

  private func step(rate: Double) {
    learner.step(rate: rate)
    average?.update(network)
    progress.steps = optimizer.steps
    progress.averagedSteps = average?.steps ?? 0
  }

  /// Validates, writes the log and the weights, and goes to the next epoch.
  private func finishEpoch(show: (TrainingProgress) -> Void) throws {
    let weights = average?.weights(of: network) ?? network.weights
    let isValidated = !data.validation.samples.isEmpty
    let evaluation = try evaluate(weights, show: show)
    let images = Double(max(progress.images, 1))
    let record = EpochRecord(
      epoch: progress.epoch, trainingLoss: progress.loss / images,
      trainingTop1: Double(progress.correct) / images, validationLoss: evaluation.loss,
      validationTop1: evaluation.top1, validationTop5: evaluation.top5,
      rate: recipe.scaledRate * schedule.factor(max(0, progress.steps - 1)),
      seconds: progress.seconds, imagesPerSecond: images / max(progress.seconds, 1e-9))
    progress.records.append(record)
    let model = try Model(description(record), weights: weights)
    // Without photos to validate with, nobody knows a better epoch than the last one.
    if !isValidated {
      try model.write(to: folder.best)
    } else if progress.best.map({ record.validationTop1 > $0.top1 }) ?? true {
      progress.best = Checkpoint.Best(epoch: record.epoch, top1: record.validationTop1)
      try model.write(to: folder.best)
    }
    try model.write(to: folder.last)
    try EpochRecord.write(progress.records, to: folder.log)
    progress.epoch += 1
    (progress.batches, progress.loss, progress.correct) = (0, 0, 0)
    (progress.images, progress.seconds) = (0, 0)
    try save()
  }

  private var isPatienceOver: Bool {
    guard let patience = recipe.patience, let best = progress.best else { return false }
    return progress.epoch - 1 - best.epoch >= patience
  }

  // MARK: - Parts

  private var batchesPerEpoch: Int {
    (data.training.samples.count + recipe.batch - 1) / recipe.batch
  }

  /// The classifier alone in the first epochs, then what is not frozen.
  private func freeze(_ epoch: Int) {
    learner.freeze(epoch <= recipe.headEpochs ? .backbone : configuration.freezing)
  }

  private func note(_ broken: [BrokenPhoto]) throws {
    for photo in broken where !progress.broken.contains(photo) { progress.broken.append(photo) }
    guard progress.broken.count <= configuration.brokenLimit else {
      throw TrainingError.broken(progress.broken.map(\.description))
    }
  }

  private func save() throws {
    lastCheckpoint = clock.now
    let batches = (progress.epoch - 1) * batchesPerEpoch + progress.batches
    try Checkpoint.write(
      progress, network: network, optimizer: optimizer, average: average,
      to: folder.checkpoint(batches: batches))
    folder.removeCheckpoints(keeping: 2)
  }

  private func description(_ record: EpochRecord) -> ModelDescription {
    var description = configuration.model
    description.provenance =
      "trained by effnet \(configuration.version) on \(configuration.data), epoch \(record.epoch), "
      + "top-1 \(record.validationTop1)"
    return description
  }

  private func current(rate: Double, imagesPerSecond: Double) -> TrainingProgress {
    let images = Double(max(progress.images, 1))
    let perEpoch = data.training.samples.count
    let left = Double((recipe.epochs - progress.epoch + 1) * perEpoch - progress.images)
    return TrainingProgress(
      epoch: progress.epoch, epochs: recipe.epochs, images: progress.images,
      imagesPerEpoch: perEpoch, loss: progress.loss / images,
      top1: Double(progress.correct) / images, rate: rate, imagesPerSecond: imagesPerSecond,
      secondsLeft: left / max(imagesPerSecond, 1e-9), isValidating: false)
  }

  private func evaluate(
    _ weights: Weights, show: (TrainingProgress) -> Void
  ) throws -> Evaluation {
    let evaluator = try Evaluator(
      Model(configuration.model, weights: weights), pool: pool, cache: cache)
    var shown = current(rate: 0, imagesPerSecond: 0)
    shown.isValidating = true
    return try evaluator.evaluate(
      data.validation,
      show: { done, _ in
        (shown.images, shown.imagesPerEpoch) = (done, data.validation.samples.count)
        show(shown)
      }
    ).evaluation
  }

  /// What the run came to: the best network is validated once more, for the report.
  private func result(isInterrupted: Bool, isEarly: Bool) throws -> TrainingResult {
    var evaluation: Evaluation?
    if !isInterrupted, progress.best != nil {
      evaluation = try Evaluator(Model(contentsOf: folder.best), pool: pool, cache: cache)
        .evaluate(data.validation).evaluation
    }
    return TrainingResult(
      isInterrupted: isInterrupted, isEarly: isEarly, records: progress.records,
      best: progress.best.map { ($0.epoch, $0.top1) }, evaluation: evaluation,
      seconds: progress.totalSeconds,
      imagesPerSecond: Double(progress.totalImages) / max(progress.totalSeconds, 1e-9),
      broken: progress.broken)
  }
}

extension Duration {
  /// In seconds.
  var seconds: Double {
    Double(components.seconds) + Double(components.attoseconds) / 1e18
  }
}
