internal import EfficientNet
internal import EfficientNetCompute
public import EfficientNetTraining

/// Trains candidates, several at the same time, and stores each result.
///
///     let experiment = try Experiment(settings, data: data, folder: folder, jobs: 2)
///     let ranking = try experiment.run()
///
/// A training uses one thread or a few. For small networks, several trainings at the same time are
/// faster than one on all threads. Results are bit-identical for any number of jobs and threads,
/// and after any number of interruptions.
public final class Experiment: Sendable {
  let settings: ExperimentSettings
  let data: DataSplit
  private let folder: ExperimentFolder
  /// The number of trainings at the same time.
  package let jobs: Int
  /// The number of threads of each training.
  let threads: Int
  let cache: PhotoCache?
  /// The memory that the trainings at the same time take in bytes, as far as their networks are
  /// known.
  package let byteCount: Int
  /// The number of bytes that each training may use.
  let room: Int
  /// Notes for the user about the stored results, one line each.
  public let notes: [String]
  private let state: Locked<State>

  private struct State {
    var results: [TrialResult]
    /// Groups of trainings of equal networks with different names: the first is run, and all get
    /// its result.
    var waiting: [[Trial]] = []
    /// The completed share of each running training.
    var shares: [Trial: Double] = [:]
    /// The unreadable photos, by the number that trainings give them.
    var broken: Set<Int> = []
    var failure: (any Error)?
    // The rest belongs to the current call of `run(_:isInterrupted:show:)`.
    var progress = ExperimentProgress()
    var workDone = 0.0
    var begin = ContinuousClock.now
    var show: @Sendable (ExperimentProgress) -> Void = { _ in }
  }

  /// Prepares a new experiment, or resumes the one in the folder.
  ///
  /// - Parameters:
  ///   - jobs: The number of trainings at the same time; nil for one per thread, as far as memory
  ///     allows.
  ///   - threads: The number of threads for all trainings together.
  ///   - cache: The cache of decoded photos; nil to decode them every time.
  ///   - memory: The most bytes that the trainings and a cache in memory may use together; nil for
  ///     three quarters of the machine's memory.
  /// - Throws: `FileError`, and `TrainingError` for invalid settings.
  public init(
    _ settings: ExperimentSettings, data: DataSplit, folder: ExperimentFolder, jobs: Int?,
    threads: Int, cache: PhotoCache?, memory: Int? = nil
  ) throws {
    if let complaint = settings.complaint { throw TrainingError.settings(complaint) }
    guard !data.validation.samples.isEmpty else {
      throw TrainingError.settings(
        "there are no validation photos, so candidates cannot be compared; "
          + "hold out a share of the photos")
    }
    (self.settings, self.data, self.folder) = (settings, data, folder)
    let memory = max(0, (memory ?? MachineMemory.bytes / 4 * 3) - (cache?.memoryLimit ?? 0))
    self.cache = cache
    let largest = Self.largestTraining(settings, on: data.training, threads: threads)
    let room = max(0, min(memory, MachineMemory.available / 4 * 3 - (cache?.memoryLimit ?? 0)))
    self.jobs = max(1, jobs ?? min(threads, room / max(1, largest + largest / 4)))
    byteCount = self.jobs * largest
    self.threads = max(1, threads / self.jobs)
    self.room = memory / self.jobs
    let (results, cutLine) = try folder.readWholeResults(photos: data.validation.samples.count)
    notes =
      cutLine.map {
        ["\(folder.results): line \($0) is cut off, so its training is repeated"]
      } ?? []
    state = Locked(State(results: results))
  }

  /// The memory of the largest known network's training in bytes; 0 if it is not known.
  package static func largestTraining(
    _ settings: ExperimentSettings, on photos: Dataset, threads: Int
  ) -> Int {
    let candidates = settings.study.candidates.map(\.architecture)
    let networks = candidates.isEmpty ? [settings.study.baseline] : candidates
    return networks.compactMap { network in
      var network = network
      network.classes = photos.classes.count
      return try? TrainingNetwork.byteCount(
        of: network, batch: settings.recipe.largestBatch(of: photos),
        copies: settings.recipe.copiesOfParameters,
        precision: settings.precision, threads: threads)
    }.max() ?? 0
  }

  /// The results so far, in the order in which they were completed.
  public var results: [TrialResult] { state.withLock { $0.results } }

  /// Runs the trainings that have no result yet.
  ///
  /// - Parameters:
  ///   - trials: The trainings.
  ///   - isInterrupted: Returns whether to stop. It is called on any thread.
  ///   - show: Receives the progress, on any thread, one call at a time.
  /// - Returns: The results of all trainings, in their order; nil if it was interrupted.
  /// - Throws: `TrainingError`, `DataError`, `FileError`, and errors of building the networks. A
  ///   training that diverges is a result, not an error.
  public func run(
    _ trials: [Trial], isInterrupted: @escaping @Sendable () -> Bool = { false },
    show: @escaping @Sendable (ExperimentProgress) -> Void = { _ in }
  ) throws -> [TrialResult]? {
    let old = results
    var (waiting, places, known) = ([[Trial]](), [Trial: Int](), [TrialResult]())
    for trial in trials {
      if old.contains(where: { $0.belongs(to: trial) }) {
        // The process was killed between writing the result and removing the run.
        folder.removeRun(of: trial)
      } else if let result = result(equalTo: trial, among: old) {
        known.append(result)
      } else if let place = places[trial.nameless] {
        waiting[place].append(trial)
      } else {
        places[trial.nameless] = waiting.count
        waiting.append([trial])
      }
    }
    state.withLock { state in
      state.results += known
      (state.waiting, state.shares, state.failure, state.workDone) = (waiting, [:], nil, 0)
      (state.progress, state.begin, state.show) = (ExperimentProgress(), .now, show)
      state.progress.trials = trials.count
      state.progress.trialsDone = trials.count - waiting.joined().count
      state.progress.work = waiting.reduce(0) { $0 + $1[0].work }
    }
    if !known.isEmpty { try folder.write(results) }
    let pool = ThreadPool(threads: jobs)
    pool.forEach(count: jobs) { _ in self.work(isInterrupted: isInterrupted) }
    folder.removeTrialsIfEmpty()
    if let failure = state.withLock({ $0.failure }) { throw failure }
    let results = results
    let all = trials.compactMap { trial in results.first { $0.belongs(to: trial) } }
    return all.count == trials.count ? all : nil
  }

  /// Runs trainings until none is waiting.
  private func work(isInterrupted: @Sendable () -> Bool) {
    let pool = ThreadPool(threads: threads)
    func isStopped() -> Bool { isInterrupted() || state.withLock { $0.failure != nil } }
    while !isStopped() {
      let next = state.withLock { $0.waiting.isEmpty ? nil : $0.waiting.removeFirst() }
      guard let next else { return }
      do {
        let result = try train(next[0], on: pool, isStopped: isStopped) { share, epoch in
          self.report(next[0], share: share, epoch: epoch)
        }
        guard let result else { return }
        try finish(next, result)
      } catch {
        state.withLock { $0.failure = $0.failure ?? error }
      }
    }
  }

  /// The result of an equal network with another name, renamed.
  private func result(equalTo trial: Trial, among results: [TrialResult]) -> TrialResult? {
    let network = trial.candidate.nameless
    let names = settings.study.candidates.filter { $0.nameless == network }.map(\.name)
    return results.first {
      names.contains($0.candidate) && $0.seed == trial.seed && $0.epochs == trial.epochs
    }?.renamed(trial)
  }

  /// Runs one training; nil if it was interrupted, after writing a checkpoint.
  private func train(
    _ trial: Trial, on pool: ThreadPool, isStopped: () -> Bool,
    report: (_ share: Double, _ epoch: Int) -> Void
  ) throws -> TrialResult? {
    let configuration = configuration(of: trial)
    let model = try Model(
      untrained: configuration.model, classes: data.training.classes, seed: trial.seed)
    func makeTrainer() throws -> Trainer {
      let (run, resumes) = try folder.run(of: trial, configuration)
      return try Trainer(
        configuration, model: model, data: data, folder: run, pool: pool, resumes: resumes,
        room: room)
    }
    let trainer: Trainer
    do {
      trainer = try makeTrainer()
    } catch TrainingError.noCheckpoint {
      // The process was killed before the first checkpoint was complete.
      folder.removeRun(of: trial)
      trainer = try makeTrainer()
    } catch TrainingError.memory(let bytes, let batch, .some) {
      throw TrainingError.settings(
        "\(trial.candidate.name): batches of \(batch) need \(bytes.megabytes) of memory, "
          + "but each of \(jobs) trainings at the same time may use \(room.megabytes); "
          + "run fewer trainings at the same time, or use a smaller cache"
      )
    }
    trainer.cache = cache
    trainer.whenBroken = { photo in
      self.state.withLock { state in
        if state.broken.insert(photo.sample).inserted { state.progress.notes.append("\(photo)") }
      }
    }
    let result: TrainingResult
    do {
      result = try trainer.run(isInterrupted: isStopped) { progress in
        let epoch = Double(progress.images) / Double(max(1, progress.imagesPerEpoch))
        let share = Double(progress.epoch - 1) + (progress.isValidating ? 1 : epoch)
        report(share / Double(progress.epochs), progress.epoch)
      }
    } catch TrainingError.diverged {
      return TrialResult(trial, top1: nil, loss: nil, trainingLoss: nil, seconds: 0)
    }
    guard !result.isInterrupted, let last = result.records.last else { return nil }
    let unread = result.broken.filter { $0.sample >= data.training.samples.count }.count
    return TrialResult(
      trial, top1: last.validationTop1, loss: last.validationLoss,
      trainingLoss: last.trainingLoss, seconds: result.seconds,
      validationPhotos: data.validation.samples.count - unread,
      rightPhotos: RightPhotos(result.outcomes, of: data.validation.samples.count))
  }

  func configuration(of trial: Trial) -> RunConfiguration {
    var recipe = settings.recipe
    recipe.epochs = trial.epochs
    recipe.warmUpEpochs = min(recipe.warmUpEpochs, Double(trial.epochs) / 2)
    var description = settings.description(of: trial.candidate.architecture)
    description.architecture.classes = data.training.classes.count
    description.classes = data.training.classes
    var configuration = RunConfiguration(
      version: settings.version, command: settings.command, data: settings.data,
      workingFolder: settings.workingFolder, validationShare: settings.validationShare,
      limit: settings.subset, dataFingerprint: data.fingerprint, model: description, weights: nil,
      seed: trial.seed, freezing: .nothing, recipe: recipe, brokenLimit: settings.brokenLimit,
      checkpointMinutes: 5,
      photoSide: recipe.augmentation.photoSide(for: description.preprocessing),
      precision: settings.precision)
    configuration.warmsUpNorms = settings.warmsUpNorms
    return configuration
  }

  private func report(_ trial: Trial, share: Double, epoch: Int) {
    state.withLock { state in
      state.shares[trial] = share
      state.progress.current =
        "\(settings.study.title(of: trial.candidate)), epoch \(epoch) of \(trial.epochs)"
      update(&state)
      state.show(state.progress)
      state.progress.notes = []
    }
  }

  private func finish(_ trials: [Trial], _ result: TrialResult) throws {
    try state.withLock { state in
      Result<Void, any Error> {
        let all = [result] + trials.dropFirst().map { result.renamed($0) }
        state.results += all
        try folder.write(state.results)
        folder.removeRun(of: trials[0])
        state.shares[trials[0]] = nil
        state.workDone += trials[0].work
        update(&state)
        for result in all {
          state.progress.trialsDone += 1
          state.progress.finished = result
          state.show(state.progress)
        }
        (state.progress.finished, state.progress.notes) = (nil, [])
      }
    }.get()
  }

  private func update(_ state: inout State) {
    let running = state.shares.reduce(0) { $0 + $1.value * $1.key.work }
    state.progress.workDone = state.workDone + running
    let elapsed = (ContinuousClock.now - state.begin) / .seconds(1)
    let left = max(0, state.progress.work - state.progress.workDone)
    state.progress.secondsLeft = elapsed * left / max(state.progress.workDone, 1e-9)
  }
}

extension Trial {
  /// The estimated duration: that of an image times the epochs.
  var work: Double { Double(epochs) * candidate.architecture.workPerImage }
}
