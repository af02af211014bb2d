public import EfficientNet
internal import EfficientNetCompute
public import EfficientNetSystem

/// Trains a network on photos and writes a ``RunFolder``.
///
///     let trainer = try Trainer(
///       configuration, model: model, data: split, folder: folder, pool: pool)
///     let result = try trainer.run(show: { progress in print(progress.loss) })
///
/// The same configuration gives bit-identical weights, for any number of threads and after any
/// number of interruptions. In bfloat16 this holds for processors with the same bfloat16
/// instructions.
public final class Trainer {
  private let configuration: RunConfiguration
  private let data: DataSplit
  private let folder: RunFolder
  private let pool: ThreadPool
  /// The cache of decoded photos; nil to decode every photo.
  public var cache: PhotoCache?
  private let learner: Learner
  private let average: WeightAverage?
  private(set) var progress = Checkpoint.Progress()
  private let clock = ContinuousClock()
  private var lastCheckpoint: ContinuousClock.Instant
  /// The newest checkpoint that this run wrote or was read from.
  private var newestCheckpoint: String?
  /// The number of batches whose gradients wait for a step.
  private var pending = 0
  /// The memory in bytes that validation may use besides training.
  private let roomToValidate: Int
  /// The evaluation of the best network on the validation photos, if known.
  private var bestEvaluation: Evaluation?
  /// The predictions of the last completed epoch of this process.
  private var lastOutcomes: [Evaluation.Outcome] = []
  private var recipe: Recipe { configuration.recipe }
  private var network: TrainingNetwork { learner.network }
  private var optimizer: Optimizer { learner.optimizer }
  /// Notes for the user about the run, one line each.
  public private(set) var notes: [String] = []
  /// A closure that receives each unreadable photo once, when it is found.
  public var whenBroken: (BrokenPhoto) -> Void = { _ in }

  /// Creates the trainer of a new or a resumed run.
  ///
  /// - Parameters:
  ///   - model: The initial network with the classes of the photos.
  ///   - resumes: Whether to resume from the newest valid checkpoint, which replaces the weights.
  ///   - room: The most bytes to use; nil for three quarters of the machine's memory.
  /// - Throws: `WeightsError`, `ArchitectureError`, `InstructionSetError`; ``TrainingError``.
  public init(
    _ configuration: RunConfiguration, model: Model, data: DataSplit, folder: RunFolder,
    pool: ThreadPool, resumes: Bool = false, room: Int? = nil
  ) throws {
    if let complaint = configuration.complaint { throw TrainingError.settings(complaint) }
    let recipe = configuration.recipe
    if recipe.patience != nil, data.validation.samples.isEmpty {
      throw TrainingError.settings(
        "patience needs validation photos, but there are none; hold out some, or leave out patience"
      )
    }
    let room = room ?? MachineMemory.bytes / 4 * 3
    (self.configuration, self.data) = (configuration, data)
    (self.folder, self.pool) = (folder, pool)
    let learner = try Learner(
      model, for: configuration, photos: data.training, pool: pool, room: room)
    self.learner = learner
    roomToValidate = room - learner.network.byteCount
    average = recipe.average.map { WeightAverage(of: learner.network, decay: $0) }
    lastCheckpoint = clock.now
    if !recipe.freezesNorms, recipe.batch > 1, data.training.samples.count % recipe.batch == 1 {
      notes.append(
        "each epoch skips its last batch: batch norms cannot learn from its single photo"
      )
    }
    // Reports missing memory before the first epoch, not after it.
    if !data.validation.samples.isEmpty { _ = try makeEvaluator(model) }
    if resumes { try resume() }
  }

  /// The records of the completed epochs.
  public var records: [EpochRecord] { progress.records }

  /// The memory that training takes in bytes.
  public var byteCount: Int { network.byteCount }
  package var threads: Int { pool.threads }

  /// Resumes from the newest valid checkpoint.
  private func resume() throws {
    var failure: String?
    for path in folder.checkpoints where newestCheckpoint == nil {
      do {
        progress = try Checkpoint.read(
          path, epochs: recipe.epochs, batchesPerEpoch: batchesPerEpoch,
          photos: data.training.samples.count + data.validation.samples.count, network: network,
          optimizer: optimizer, average: average)
        newestCheckpoint = path
      } catch {
        failure = failure ?? "\(error)"
      }
    }
    guard let newestCheckpoint else {
      throw TrainingError.noCheckpoint(run: folder.path, reason: failure)
    }
    if let failure { notes.append("\(failure); resuming from \(newestCheckpoint), which is older") }
    let samples = data.training.samples + data.validation.samples
    progress.broken = progress.broken.map { photo in
      // The photos may have moved.
      let path = samples[photo.sample].photo.path
      return BrokenPhoto(
        sample: photo.sample, path: path,
        reason: photo.reason.replacing(photo.path.oneLine, with: path.oneLine))
    }
    guard progress.best != nil else { return }
    do {
      _ = try Model(contentsOf: folder.best)
    } catch {
      progress.best = nil
      notes.append("\(error); the best epoch is chosen from the remaining ones")
    }
  }

  /// Trains until the last epoch, until the accuracy stops improving, or until interrupted.
  ///
  /// A new run writes its first checkpoint and config.json, or leaves the folder empty.
  ///
  /// - Parameters:
  ///   - isInterrupted: A closure that is called after each batch.
  ///   - show: A closure that receives the progress after each batch, in validation too.
  /// - Throws: ``TrainingError``, ``DataError``, `WeightsError`, `FileError`. The last checkpoint
  ///   stays valid.
  public func run(
    isInterrupted: () -> Bool = { false }, show: (TrainingProgress) -> Void = { _ in }
  ) throws -> TrainingResult {
    if newestCheckpoint == nil { try begin() }
    var isEarly = isPatienceOver
    while progress.epoch <= recipe.epochs, !isEarly {
      let isWhole = try trainEpoch(isInterrupted: isInterrupted, show: show)
      // An error during validation must not lose the epoch.
      try save()
      guard isWhole, try finishEpoch(isInterrupted: isInterrupted, show: show) else {
        return result(isInterrupted: true, isEarly: false)
      }
      isEarly = isPatienceOver
    }
    let isValidated = try validateBest(isInterrupted: isInterrupted)
    return result(isInterrupted: !isValidated, isEarly: isEarly)
  }

  /// Writes the first checkpoint and the configuration.
  private func begin() throws {
    do {
      try save()
      try folder.write(configuration)
    } catch {
      folder.discard()
      throw error
    }
  }

  // MARK: - An epoch

  /// Trains on the rest of an epoch; returns false if interrupted.
  private func trainEpoch(
    isInterrupted: () -> Bool, show: (TrainingProgress) -> Void
  ) throws -> Bool {
    let epoch = progress.epoch
    // The first epochs train the classifier alone, the others all layers that are not frozen.
    learner.freeze(epoch <= recipe.headEpochs ? .backbone : configuration.freezing)
    let loader = BatchLoader(
      data.training, order: data.training.order(epoch: epoch, seed: configuration.seed),
      batch: recipe.batch, input: InputPipeline(training: configuration), epoch: epoch,
      seed: configuration.seed, pool: pool, cache: cache, firstBatch: progress.batches)
    let begin = clock.now
    let (seconds, total, imagesBefore) = (progress.seconds, progress.totalSeconds, progress.images)
    var isAskedToStop = false
    while let batch = try loader.next() {
      try loader.tellBroken(note)
      try train(on: batch)
      let elapsed = (clock.now - begin) / .seconds(1)
      (progress.seconds, progress.totalSeconds) = (seconds + elapsed, total + elapsed)
      show(
        current(
          rate: rate(of: batch.number),
          imagesPerSecond: Double(progress.images - imagesBefore) / max(elapsed, 1e-9)))
      // Checkpoints do not contain gradients that wait for their step.
      isAskedToStop = isAskedToStop || isInterrupted()
      if isAskedToStop, pending == 0 { return false }
      let sinceCheckpoint = (clock.now - lastCheckpoint) / .seconds(60)
      if sinceCheckpoint > configuration.checkpointMinutes, pending == 0 {
        try save()
      }
    }
    try loader.tellBroken(note)
    // The last batches may have had no readable photo.
    step()
    progress.batches = batchesPerEpoch
    guard progress.images > 0 else {
      throw TrainingError.settings(
        "no batch of an epoch has two readable photos, and batch norms cannot learn from one; add photos, or use "
          + "batches of one photo")
    }
    return true
  }

  /// Training does not recover from such a loss: random guessing has ln(classes), at most 14.
  private static let mostLoss = 1e5

  /// Trains on one batch, and makes a step after the last of ``Recipe/accumulation`` batches or of
  /// the epoch.
  private func train(on batch: Batch) throws {
    // The last batch of the previous step may have had no readable photo.
    if progress.batches / recipe.accumulation != batch.number / recipe.accumulation { step() }
    progress.batches = batch.number + 1
    if learner.learns(from: batch) { try learn(from: batch) }
    if progress.batches % recipe.accumulation == 0 || progress.batches == batchesPerEpoch { step() }
  }

  private func learn(from batch: Batch) throws {
    let value = learner.learn(
      from: batch,
      seed: Learner.seed(
        configuration.seed, epoch: progress.epoch, batches: progress.batches))
    guard value.loss < Self.mostLoss else {
      throw TrainingError.diverged(step: progress.steps, rate: rate(of: batch.number))
    }
    pending += 1
    progress.loss += value.loss * Double(batch.labels.count)
    progress.correct += value.correct
    progress.images += batch.labels.count
    progress.totalImages += batch.labels.count
  }

  /// Moves the weights by the waiting gradients, if there are any.
  private func step() {
    guard pending > 0 else { return }
    learner.step(rate: rate(of: progress.batches - 1), batches: pending)
    pending = 0
    average?.update(network)
    progress.steps = optimizer.steps
    progress.averagedSteps = average?.steps ?? 0
  }

  /// The learning rate of the step of a batch, counted from 0 in the epoch. It depends on the
  /// position of the batch, not on the number of steps made: batches with no readable photo, or a
  /// single one, may make none.
  private func rate(of batch: Int) -> Double {
    let step = (progress.epoch - 1) * stepsPerEpoch + max(0, batch) / recipe.accumulation
    return recipe.scaledRate * recipe.schedule(stepsPerEpoch: stepsPerEpoch).factor(step)
  }

  /// Validates, writes the log and the weights, and starts the next epoch; returns false if
  /// interrupted.
  private func finishEpoch(
    isInterrupted: () -> Bool, show: (TrainingProgress) -> Void
  ) throws -> Bool {
    let weights = average?.weights(of: network) ?? network.weights
    guard
      let validated = try evaluate(
        Model(configuration.model, weights: weights), isInterrupted: isInterrupted, show: show)
    else { return false }
    let evaluation = validated.evaluation
    lastOutcomes = validated.outcomes
    let record = progress.record(evaluation, rate: lastRate)
    let model = try Model(configuration.description(of: record), weights: weights)
    // Without validation photos, the last epoch counts as the best.
    let hasValidation = !data.validation.samples.isEmpty
    if !hasValidation || isBest(record) { try model.write(to: folder.best) }
    if hasValidation, isBest(record) {
      progress.best = Checkpoint.Best(epoch: record.epoch, top1: record.validationTop1)
      bestEvaluation = evaluation
    }
    try model.write(to: folder.last)
    try folder.write(EpochRecord.csv(progress.records + [record]), to: folder.log)
    progress.records.append(record)
    progress.epoch += 1
    (progress.batches, progress.loss, progress.correct) = (0, 0, 0)
    (progress.images, progress.seconds) = (0, 0)
    return true
  }

  /// Whether an epoch is the most accurate so far, or as accurate as the best with a lower
  /// validation loss.
  private func isBest(_ record: EpochRecord) -> Bool {
    guard let best = progress.best else { return true }
    let loss = progress.records[best.epoch - 1].validationLoss
    return (record.validationTop1, loss) > (best.top1, record.validationLoss)
  }

  private var lastRate: Double { rate(of: progress.batches - 1) }

  private var isPatienceOver: Bool {
    guard let patience = recipe.patience, let best = progress.best else { return false }
    return progress.epoch - 1 - best.epoch >= patience
  }

  // MARK: - Parts

  var batchesPerEpoch: Int {
    (data.training.samples.count + recipe.batch - 1) / recipe.batch
  }

  private var stepsPerEpoch: Int {
    (batchesPerEpoch + recipe.accumulation - 1) / recipe.accumulation
  }

  private func note(_ photo: BrokenPhoto) throws {
    guard !progress.broken.contains(where: { $0.sample == photo.sample }) else { return }
    progress.broken.append(photo)
    whenBroken(photo)
    try configuration.check(progress.broken)
  }

  private func save() throws {
    lastCheckpoint = clock.now
    let path = folder.checkpoint(
      batches: (progress.epoch - 1) * batchesPerEpoch + progress.batches)
    guard path != newestCheckpoint else { return }
    folder.removeCheckpoints(but: newestCheckpoint)
    do {
      try Checkpoint.write(
        progress, network: network, optimizer: optimizer, average: average, to: path)
    } catch WeightsError.nonFinite {
      throw TrainingError.diverged(step: progress.steps, rate: lastRate)
    }
    newestCheckpoint = path
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

  /// Evaluates a network on the validation photos; nil if interrupted.
  private func evaluate(
    _ model: Model, isInterrupted: () -> Bool, show: (TrainingProgress) -> Void
  ) throws -> Evaluator.Result? {
    var shown = current(rate: 0, imagesPerSecond: 0)
    shown.isValidating = true
    var isStopped = false
    do throws(any Error) {
      let result = try makeEvaluator(model).evaluate(
        data.validation,
        isInterrupted: {
          isStopped = isStopped || isInterrupted()
          return isStopped
        },
        show: { done, _ in
          (shown.images, shown.imagesPerEpoch) = (done, data.validation.samples.count)
          show(shown)
        },
        note: { photo in
          var photo = photo
          photo.sample += data.training.samples.count
          try note(photo)
        })
      return isStopped ? nil : result
    } catch is EvaluationError {
      throw TrainingError.diverged(step: progress.steps, rate: lastRate)
    }
  }

  private func makeEvaluator(_ model: Model) throws -> Evaluator {
    try Evaluator(
      model, pool: pool, cache: cache, batch: min(32, recipe.batch), room: roomToValidate)
  }

  /// Evaluates the best network for the report, if not done yet; returns false if interrupted.
  private func validateBest(isInterrupted: () -> Bool) throws -> Bool {
    guard progress.best != nil, bestEvaluation == nil else { return true }
    bestEvaluation = try evaluate(
      Model(contentsOf: folder.best), isInterrupted: isInterrupted, show: { _ in })?.evaluation
    return bestEvaluation != nil
  }

  func result(isInterrupted: Bool, isEarly: Bool) -> TrainingResult {
    TrainingResult(
      isInterrupted: isInterrupted, isEarly: isEarly, records: progress.records,
      best: progress.best.map { ($0.epoch, $0.top1) },
      evaluation: isInterrupted ? nil : bestEvaluation, seconds: progress.totalSeconds,
      imagesPerSecond: Double(progress.totalImages) / max(progress.totalSeconds, 1e-9),
      broken: progress.broken, outcomes: isInterrupted ? [] : lastOutcomes)
  }
}
