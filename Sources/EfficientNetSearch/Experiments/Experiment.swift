internal import EfficientNet
internal import EfficientNetCompute
public import EfficientNetTraining

/// Trains candidates side by side, and remembers what each came to.
///
///     let experiment = try Experiment(settings, data: data, folder: folder, jobs: 2)
///     let ranking = try experiment.run()
///
/// A training runs on one thread or a few; several run at the same time, which for small networks is faster than all threads on
/// one. The same settings give the same results, bit for bit, whatever the number of jobs and threads, and however often the
/// experiment was killed and resumed.
public final class Experiment: Sendable {
  let settings: ExperimentSettings
  let data: DataSplit
  private let folder: ExperimentFolder
  private let jobs: Int
  private let threads: Int
  private let cache: PhotoCache?
  /// Bytes that each training may take.
  private let room: Int
  private let state: Locked<State>

  private struct State {
    var results: [TrialResult]
    /// Of trainings of the same network under several names the first is done, and all have its result.
    var waiting: [[Trial]] = []
    /// The share that is done of each training under way.
    var shares: [Trial: Double] = [:]
    /// Samples of photos that could not be read, as the trainings number them.
    var broken: Set<Int> = []
    var failure: (any Error)?
    // Of this call of ``Experiment/run(_:isInterrupted:show:)``.
    var progress = ExperimentProgress()
    var workDone = 0.0
    var begin = ContinuousClock.now
    var show: @Sendable (ExperimentProgress) -> Void = { _ in }
  }

  /// Prepares an experiment, or goes on with one.
  ///
  /// - Parameters:
  ///   - jobs: Trainings at the same time, on `threads` threads in all; nil for one a thread, as far as memory allows.
  ///   - cache: Where decoded photos are kept; nil to decode them every time.
  ///   - memory: The most bytes that the trainings under way and a cache in memory may take together; nil for three quarters of
  ///     the memory that there is.
  /// - Throws: ``FileError``, ``TrainingError`` for settings that no experiment can have.
  public init(
    _ settings: ExperimentSettings, data: DataSplit, folder: ExperimentFolder, jobs: Int?,
    threads: Int, cache: PhotoCache?, memory: Int? = nil
  ) throws {
    if let complaint = settings.complaint { throw TrainingError.settings(complaint) }
    guard !data.validation.samples.isEmpty else {
      throw TrainingError.settings(
        "there are no photos to validate with: candidates cannot be compared")
    }
    (self.settings, self.data, self.folder) = (settings, data, folder)
    let memory = max(0, (memory ?? MachineMemory.bytes / 4 * 3) - (cache?.memoryLimit ?? 0))
    self.cache = cache
    self.jobs = max(
      1,
      jobs
        ?? Self.jobs(
          settings, classes: data.training.classes.count, threads: threads, memory: memory))
    self.threads = max(1, threads / self.jobs)
    room = memory / self.jobs
    state = Locked(State(results: try folder.readResults()))
  }

  /// Trainings at the same time: one a thread, as far as the largest network that is known before the first training
  /// leaves memory for them, and for validating each.
  private static func jobs(
    _ settings: ExperimentSettings, classes: Int, threads: Int, memory: Int
  ) -> Int {
    let largest = settings.study.candidates.compactMap { candidate in
      var architecture = candidate.architecture
      architecture.classes = classes
      return try? TrainingNetwork.byteCount(
        of: architecture, recipe: settings.recipe, threads: threads)
    }.max()
    guard let largest else { return threads }
    return min(threads, memory / max(1, largest + largest / 4))
  }

  /// What is known so far, in the order in which it came.
  public var results: [TrialResult] { state.withLock { $0.results } }

  /// Trains what is not trained yet.
  ///
  /// - Parameters:
  ///   - show: Is told how far the work is, from the threads that do it, one at a time.
  /// - Returns: The results of all trials, in their order; nil if it was interrupted.
  /// - Throws: ``TrainingError``, ``DataError``, ``FileError`` and what else keeps networks from training; but training that
  ///   diverges is a result.
  public func run(
    _ trials: [Trial], isInterrupted: @escaping @Sendable () -> Bool = { false },
    show: @escaping @Sendable (ExperimentProgress) -> Void = { _ in }
  ) throws -> [TrialResult]? {
    let old = results
    var (waiting, places, known) = ([[Trial]](), [Trial: Int](), [TrialResult]())
    for trial in trials {
      if old.contains(where: { $0.belongs(to: trial) }) {
        // Killed right after the result was written.
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

  /// Does trainings as long as there are any.
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

  /// What a training of the same network under another name came to.
  private func result(equalTo trial: Trial, among results: [TrialResult]) -> TrialResult? {
    let network = trial.candidate.nameless
    let names = settings.study.candidates.filter { $0.nameless == network }.map(\.name)
    return results.first {
      names.contains($0.candidate) && $0.seed == trial.seed && $0.epochs == trial.epochs
    }?.renamed(trial)
  }

  /// One training; nil if it was interrupted, with a checkpoint.
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
      // Killed before the first one was whole.
      folder.removeRun(of: trial)
      trainer = try makeTrainer()
    } catch TrainingError.memory(let bytes, let batch, .some) {
      throw TrainingError.settings(
        "\(trial.candidate.name): batches of \(batch) need \(bytes >> 20) MB of memory; each of "
          + "\(jobs) trainings at the same time may use \(room >> 20) MB; train fewer at the same time, or with a smaller cache"
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
    return TrialResult(
      trial, top1: last.validationTop1, loss: last.validationLoss,
      trainingLoss: last.trainingLoss, seconds: result.seconds)
  }

  private func configuration(of trial: Trial) -> RunConfiguration {
    var recipe = settings.recipe
    recipe.epochs = trial.epochs
    recipe.warmUpEpochs = min(recipe.warmUpEpochs, Double(trial.epochs) / 2)
    var description = trial.candidate.architecture.standardDescription(provenance: "")
    description.architecture.classes = data.training.classes.count
    description.classes = data.training.classes
    return RunConfiguration(
      version: settings.version, command: settings.command, data: settings.data,
      workingFolder: settings.workingFolder, validationShare: settings.validationShare,
      limit: settings.subset, dataFingerprint: data.fingerprint, model: description, weights: nil,
      seed: trial.seed, freezing: .nothing, recipe: recipe, brokenLimit: settings.brokenLimit,
      checkpointMinutes: 5,
      photoSide: recipe.augmentation.photoSide(for: description.preprocessing),
      precision: settings.precision)
  }

  private func report(_ trial: Trial, share: Double, epoch: Int) {
    state.withLock { state in
      state.shares[trial] = share
      state.progress.current = "\(trial.candidate.name), epoch \(epoch) of \(trial.epochs)"
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

/// How far an experiment is.
public struct ExperimentProgress: Sendable {
  /// Trainings in all.
  public var trials = 0
  /// Those that are done.
  public var trialsDone = 0
  /// About how much work there was when it began, in multiply-accumulate operations, and how much of it is done.
  public var work = 0.0
  /// See ``work``.
  public var workDone = 0.0
  /// Seconds that are left, at this rate.
  public var secondsLeft = 0.0
  /// What is under way, in words.
  public var current = ""
  /// The training that has just ended; nil at all other times.
  public var finished: TrialResult?
  /// Of a search: the proposals that have just been learned from; none at all other times.
  public var samples: [ArchitectureSearch.Sample] = []
  /// Whether ``samples`` are behind all that was known when the work began.
  public var samplesAreNew = false
  /// Photos that could not be read, each once.
  public var notes: [String] = []
}

extension Trial {
  /// About how long it takes: operations of an image, and what an image costs whatever the network.
  fileprivate var work: Double {
    Double(epochs) * (Double(NetworkCost(candidate.architecture).macs) + 1e6)
  }
}
