public import EfficientNet
internal import EfficientNetCompute
public import EfficientNetSystem

/// Trains a network on photos, and leaves a ``RunFolder``.
///
///     let trainer = try Trainer(configuration, model: model, data: split, folder: folder, pool: pool)
///     let result = try trainer.run(show: { progress in print(progress.loss) })
///
/// The same configuration gives the same weights, bit for bit: whatever the number of threads, and however often the run was
/// killed and resumed; in bfloat16 on processors with the same instructions for it.
public final class Trainer {
  private let configuration: RunConfiguration
  private let data: DataSplit
  private let folder: RunFolder
  private let pool: ThreadPool
  /// Where decoded photos are kept; nil to decode them every time.
  public var cache: PhotoCache?
  private let learner: Learner
  private let average: WeightAverage?
  private var progress = Checkpoint.Progress()
  private let clock = ContinuousClock()
  private var lastCheckpoint: ContinuousClock.Instant
  /// The newest checkpoint that this run wrote or was read from.
  private var newestCheckpoint: String?
  /// Batches whose gradients wait for a step.
  private var pending = 0
  /// Bytes that validation may take beside training.
  private let roomToValidate: Int
  /// What the best network says about the validation photos, once it was asked.
  private var bestEvaluation: Evaluation?
  private var recipe: Recipe { configuration.recipe }
  private var network: TrainingNetwork { learner.network }
  private var optimizer: Optimizer { learner.optimizer }
  /// What the user should know of a run that goes on: one line each.
  public private(set) var notes: [String] = []
  /// Is told of each photo that cannot be read, once, as it is met.
  public var whenBroken: (BrokenPhoto) -> Void = { _ in }

  /// Prepares a run, or goes on with one.
  ///
  /// - Parameters:
  ///   - model: The network to begin with, its classes those of the photos.
  ///   - resumes: Whether to go on from the newest checkpoint that is whole; `model` is then of no importance.
  ///   - room: The most bytes that training and validation may take; nil for three quarters of the memory that there is.
  /// - Throws: ``WeightsError``, ``ArchitectureError``, ``TrainingError``, ``InstructionSetError``.
  public init(
    _ configuration: RunConfiguration, model: Model, data: DataSplit, folder: RunFolder,
    pool: ThreadPool, resumes: Bool = false, room: Int? = nil
  ) throws {
    if let complaint = configuration.complaint { throw TrainingError.settings(complaint) }
    let recipe = configuration.recipe
    if recipe.patience != nil, data.validation.samples.isEmpty {
      throw TrainingError.settings(
        "there are no photos to validate with, so patience cannot end the run; leave out patience, or hold photos out"
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
        "the last batch of an epoch has a single photo; batch norms cannot learn from one, so every epoch leaves out a photo"
      )
    }
    // Before the first epoch, not behind it.
    if !data.validation.samples.isEmpty { _ = try makeEvaluator(model) }
    if resumes { try resume() }
  }

  /// One for each epoch that is done.
  public var records: [EpochRecord] { progress.records }

  /// Bytes that training takes.
  public var byteCount: Int { network.byteCount }

  /// Goes on from the newest checkpoint that is whole.
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
    if let failure { notes.append("\(failure); going on from \(newestCheckpoint), which is older") }
    let samples = data.training.samples + data.validation.samples
    progress.broken = progress.broken.map { photo in
      // Photos may have been moved.
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
      notes.append("\(error); the best epoch is sought among those to come")
    }
  }

  /// Trains until the last epoch, until the accuracy rises no more, or until `isInterrupted`.
  ///
  /// The folder of a new run gets its first checkpoint and config.json, or stays empty.
  ///
  /// - Throws: ``TrainingError``, ``DataError``, ``WeightsError``, ``FileError``. The last checkpoint stays as it is.
  public func run(
    isInterrupted: () -> Bool = { false }, show: (TrainingProgress) -> Void = { _ in }
  ) throws -> TrainingResult {
    if newestCheckpoint == nil { try begin() }
    var isEarly = isPatienceOver
    while progress.epoch <= recipe.epochs, !isEarly {
      let isWhole = try trainEpoch(isInterrupted: isInterrupted, show: show)
      // Before validation, so that an epoch is not lost to whatever happens there.
      try save()
      guard isWhole, try finishEpoch(isInterrupted: isInterrupted, show: show) else {
        return result(isInterrupted: true, isEarly: false)
      }
      isEarly = isPatienceOver
    }
    let isValidated = try validateBest(isInterrupted: isInterrupted)
    return result(isInterrupted: !isValidated, isEarly: isEarly)
  }

  /// Writes what is needed to go on.
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

  /// Trains on the rest of an epoch; false if it was interrupted.
  private func trainEpoch(
    isInterrupted: () -> Bool, show: (TrainingProgress) -> Void
  ) throws -> Bool {
    let epoch = progress.epoch
    // The classifier alone in the first epochs, then what is not frozen.
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
      // Gradients that wait for their step are in no checkpoint.
      isAskedToStop = isAskedToStop || isInterrupted()
      if isAskedToStop, pending == 0 { return false }
      let sinceCheckpoint = (clock.now - lastCheckpoint) / .seconds(60)
      if sinceCheckpoint > configuration.checkpointMinutes, pending == 0 {
        try save()
      }
    }
    try loader.tellBroken(note)
    // The last batches may have had no photo that can be read.
    step()
    progress.batches = batchesPerEpoch
    guard progress.images > 0 else {
      throw TrainingError.settings(
        "no batch of an epoch has two photos that can be read, and batch norms do not learn from one; add photos, or use "
          + "batches of one photo")
    }
    return true
  }

  /// No training comes back from here: guessing has a loss of ln(classes), at most 14.
  private static let mostLoss = 1e5

  /// One batch, and a step where it is the last of ``Recipe/accumulation`` batches or of the epoch.
  private func train(on batch: Batch) throws {
    // The last batch that belonged to the step before may have had no photo that can be read.
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

  /// Moves the weights by the gradients that wait, if any do.
  private func step() {
    guard pending > 0 else { return }
    learner.step(rate: rate(of: progress.batches - 1), batches: pending)
    pending = 0
    average?.update(network)
    progress.steps = optimizer.steps
    progress.averagedSteps = average?.steps ?? 0
  }

  /// The learning rate of the step that a batch of the epoch, from 0 on, belongs to. It depends on
  /// where the batch is, and not on how many steps were made: batches without a photo that can be
  /// read, or with a single one, may make none.
  private func rate(of batch: Int) -> Double {
    let step = (progress.epoch - 1) * stepsPerEpoch + max(0, batch) / recipe.accumulation
    return recipe.scaledRate * recipe.schedule(stepsPerEpoch: stepsPerEpoch).factor(step)
  }

  /// Validates, writes the log and the weights, and goes to the next epoch; false if it was interrupted.
  private func finishEpoch(
    isInterrupted: () -> Bool, show: (TrainingProgress) -> Void
  ) throws -> Bool {
    let weights = average?.weights(of: network) ?? network.weights
    guard
      let evaluation = try evaluate(
        Model(configuration.model, weights: weights), isInterrupted: isInterrupted, show: show)
    else { return false }
    let record = record(evaluation)
    let model = try Model(configuration.description(of: record), weights: weights)
    // Without photos to validate with, nobody knows a better epoch than the last one.
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

  /// Whether an epoch is the most accurate so far, or as accurate as the best with a lower validation loss.
  private func isBest(_ record: EpochRecord) -> Bool {
    guard let best = progress.best else { return true }
    let loss = progress.records[best.epoch - 1].validationLoss
    return (record.validationTop1, loss) > (best.top1, record.validationLoss)
  }

  private func record(_ evaluation: Evaluation) -> EpochRecord {
    let images = Double(max(progress.images, 1))
    return EpochRecord(
      epoch: progress.epoch, trainingLoss: progress.loss / images,
      trainingTop1: Double(progress.correct) / images, validationLoss: evaluation.loss,
      validationTop1: evaluation.top1, validationTop5: evaluation.top5, rate: lastRate,
      seconds: progress.seconds, imagesPerSecond: images / max(progress.seconds, 1e-9))
  }

  /// The learning rate of the last step.
  private var lastRate: Double { rate(of: progress.batches - 1) }

  private var isPatienceOver: Bool {
    guard let patience = recipe.patience, let best = progress.best else { return false }
    return progress.epoch - 1 - best.epoch >= patience
  }

  // MARK: - Parts

  private var batchesPerEpoch: Int {
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

  /// What a network says about the validation photos; nil if it was interrupted.
  private func evaluate(
    _ model: Model, isInterrupted: () -> Bool, show: (TrainingProgress) -> Void
  ) throws -> Evaluation? {
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
      return isStopped ? nil : result.evaluation
    } catch is EvaluationError {
      throw TrainingError.diverged(step: progress.steps, rate: lastRate)
    }
  }

  private func makeEvaluator(_ model: Model) throws -> Evaluator {
    try Evaluator(
      model, pool: pool, cache: cache, batch: min(32, recipe.batch), room: roomToValidate)
  }

  /// Asks the best network about the validation photos, for the report, unless it was; false if that was interrupted.
  private func validateBest(isInterrupted: () -> Bool) throws -> Bool {
    guard progress.best != nil, bestEvaluation == nil else { return true }
    bestEvaluation = try evaluate(
      Model(contentsOf: folder.best), isInterrupted: isInterrupted, show: { _ in })
    return bestEvaluation != nil
  }

  private func result(isInterrupted: Bool, isEarly: Bool) -> TrainingResult {
    TrainingResult(
      isInterrupted: isInterrupted, isEarly: isEarly, records: progress.records,
      best: progress.best.map { ($0.epoch, $0.top1) },
      evaluation: isInterrupted ? nil : bestEvaluation, seconds: progress.totalSeconds,
      imagesPerSecond: Double(progress.totalImages) / max(progress.totalSeconds, 1e-9),
      broken: progress.broken)
  }
}
