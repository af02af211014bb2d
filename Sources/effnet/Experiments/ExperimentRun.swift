import ArgumentParser
import EfficientNet
import EfficientNetReports
import EfficientNetSearch
import EfficientNetSystem
import EfficientNetTraining

/// Runs an experiment from its settings to its reports, for `scale search`, `scale dimensions` and
/// `search`.
struct ExperimentRun {
  let options: ExperimentOptions
  let command: ResumableCommand
  /// The folders of searches to compare with, as the command line names them.
  var others: [String] = []
  /// The number of trainings of each finalist of a resumed search; nil for that of the search.
  var finalSeeds: Int?

  /// The folder of new experiments, such as "runs/scale-search".
  private var place: String {
    "runs/" + command.rawValue.split(separator: " ").joined(separator: "-")
  }

  /// Starts or resumes an experiment.
  ///
  /// - Parameters:
  ///   - seeds: The number of trainings per network if no option sets it.
  ///   - prepare: For a new experiment, returns a closure that makes the study from the recipe and
  ///     the photos; the closure returns nil if it was interrupted.
  func run(
    seeds: Int = 3, prepare: () throws -> (Recipe, DataSplit) throws -> Study?
  ) throws {
    if let resume = options.resume { return try goOn(with: resume) }
    guard let photos = options.photos else {
      let noun = command == .search ? "a search" : "an experiment"
      throw ValidationError("no photos given; name photos to train on, or \(noun) with --resume")
    }
    try begin(on: photos, seeds: seeds, prepare())
  }

  private func begin(
    on photos: String, seeds: Int, _ study: (Recipe, DataSplit) throws -> Study?
  ) throws {
    Signals.note()
    guard let (begun, data) = try options.settings(on: photos, seeds: seeds, study) else {
      return try Interruption.check()
    }
    var settings = begun
    keepOthers(in: &settings)
    // Check the other experiments before anything is written.
    let others = try settings.compared(with: others, classes: data.training.classes.count)
    if options.estimate { return try estimate(settings, data, others) }
    let folder =
      try options.output.map { try ExperimentFolder.new($0, for: command) }
      ?? .numbered(in: place, name: TrainingStart.name(of: photos), isQuiet: options.quiet)
    do {
      try run(settings, data, folder, others, isNew: true)
    } catch {
      folder.discardUnlessBegun()
      throw error
    }
  }

  /// Prints the estimate of a new experiment, without leaving a folder.
  private func estimate(
    _ settings: ExperimentSettings, _ data: DataSplit,
    _ others: [ArchitectureSearch.Named]
  ) throws {
    let folder = try ExperimentFolder.numbered(
      in: place, name: TrainingStart.name(of: settings.data), isQuiet: true)
    defer {
      folder.discardUnlessBegun()
      for path in [place, Folder.parent(of: place)] { Folder.removeIfEmpty(path) }
    }
    try run(settings, data, folder, others, isNew: true)
  }

  private func goOn(with path: String) throws {
    try command.check(path)
    let folder = try ExperimentFolder(resuming: path)
    let old = try folder.readSettings()
    var settings = old
    try options.change(&settings, in: folder.path)
    if let finalSeeds {
      try ExperimentOptions.change(finalSeeds: finalSeeds, of: &settings, in: folder.path)
    }
    keepOthers(in: &settings)
    let data = try settings.photos()
    let others = try settings.compared(
      with: self.others.isEmpty ? keptOthers(of: settings) : self.others,
      classes: data.training.classes.count, in: folder.path)
    if settings != old, !options.estimate {
      // An experiment with a report counts as finished.
      if settings.seeds != old.seeds || settings.study != old.study { Folder.remove(folder.report) }
      try folder.write(settings)
    }
    Signals.note()
    try run(settings, data, folder, others)
  }

  /// Keeps the searches of --against for a resumed search, which may run in another folder.
  private func keepOthers(in settings: inout ExperimentSettings) {
    if !others.isEmpty { settings.against = others.map(Folder.absolute) }
  }

  /// The kept searches to compare with. Notes those that are no longer there.
  private func keptOthers(of settings: ExperimentSettings) -> [String] {
    (settings.against ?? []).filter { path in
      let isThere = (try? ExperimentFolder(existing: path)) != nil
      if !isThere {
        StandardError.note(
          "\(path.oneLine): the search that --against named is no longer there; the report leaves "
            + "it out")
      }
      return isThere
    }
  }

  private func run(
    _ settings: ExperimentSettings, _ data: DataSplit, _ folder: ExperimentFolder,
    _ others: [ArchitectureSearch.Named], isNew: Bool = false
  ) throws {
    let threads = options.threads ?? ThreadPool.availableProcessors
    let largest = Experiment.largestTraining(settings, on: data.training, threads: threads)
    let cache = try options.cache.makeCache(besides: largest * (options.jobs ?? 1))
    let experiment = try Experiment(
      settings, data: data, folder: folder, jobs: options.jobs, threads: threads, cache: cache)
    let sizeNotes = sizeNotes(settings, data)
    // The notes on sizes name options, which a resumed experiment does not take.
    StandardError.note(
      data.notes + experiment.notes + settings.study.roundingRemarks
        + (isNew ? sizeNotes : [])
        + [memoryNote(of: experiment, cache)].compactMap(\.self))
    if options.estimate { return try printEstimate(of: experiment, settings, data) }
    if !options.quiet { announce(experiment, settings, data, isNew: isNew) }
    let resuming = command.resuming(folder.path)
    try Interruption.check(toContinue: isNew ? nil : resuming)
    if isNew { try folder.write(settings) }
    let start = ContinuousClock.now
    let line = Locked(
      ExperimentLine(
        settings, Chance(data.validation), results: experiment.results, isJSON: options.json,
        isQuiet: options.quiet))
    let ranking: Ranking?
    do {
      ranking = try experiment.run(isInterrupted: { Interruption.current != nil }) { progress in
        line.withLock { $0.update(progress) }
      }
    } catch {
      // The cause, for instance a full disk, may be fixed.
      if error is TrainingError {
        throw CommandError(
          "\(folder.path): \(StandardError.text(of: error)); to continue: \(resuming)",
          kind: error.kind)
      }
      throw (error as? FileError)?.resumable(by: resuming) ?? error
    }
    guard let ranking else {
      // A folder without any result is worth continuing only after some work.
      let isWorthless = isNew && experiment.results.isEmpty && start + .seconds(60) > .now
      if isWorthless { folder.discard() }
      return try Interruption.check(toContinue: isWorthless ? nil : resuming)
    }
    let report = try experiment.writeReports(
      ranking, title: "\(command.rawValue): \(folder.name)", others: others, notes: sizeNotes,
      to: folder)
    let results = ExperimentResults(
      settings: settings, ranking: ranking, report: report, search: experiment.search,
      folder: folder)
    if options.json { return try results.printJSON() }
    try results.print()
  }

  /// The note that the trainings and the cache need more memory than is available; nil if they do
  /// not.
  private func memoryNote(of experiment: Experiment, _ cache: PhotoCache?) -> String? {
    let kept = cache?.memoryLimit ?? 0
    return effnet.memoryNote(bytes: experiment.byteCount + kept) { room in
      let jobs = max(0, room - kept) / max(1, experiment.byteCount / experiment.jobs)
      return jobs == 0
        ? "end other programs, or use a smaller \(kept > 0 ? "--cache-limit or " : "")--batch"
        : "end other programs, or run fewer trainings at the same time: --jobs \(jobs)"
    }
  }

  /// The notes on small photos and small maps.
  private func sizeNotes(_ settings: ExperimentSettings, _ data: DataSplit) -> [String] {
    let baseline = settings.study.baseline
    let candidates = settings.study.candidates.map(\.architecture)
    let networks = candidates.isEmpty ? [baseline] : candidates
    return [
      SmallPhotos(data, settings.recipe)?.note(
        for: networks.map { settings.description(of: $0).preprocessing }),
      baseline.onePixelNote(),
    ].compactMap(\.self)
  }

  /// Prints what will be trained, and about how long it takes. For a new experiment that takes
  /// long, also the options that shorten it, which a resumed one does not take.
  private func announce(
    _ experiment: Experiment, _ settings: ExperimentSettings, _ data: DataSplit, isNew: Bool
  ) {
    StandardError.write(plan(settings, data).map { $0 + "\n" }.joined())
    guard let estimate = measuredEstimate(of: experiment) else { return }
    StandardError.write(words(estimate, settings) + "\n")
    if isNew, estimate.seconds > 3600 {
      let network =
        command == .search
        ? "narrower networks (--width, --stages, --resolution)"
        : "a smaller baseline (--model, --width, --resolution)"
      StandardError.write(
        "less time: \(network), fewer epochs (--epochs), seeds (--seeds) or photos (--subset)\n")
    }
  }

  private func printEstimate(
    of experiment: Experiment, _ settings: ExperimentSettings, _ data: DataSplit
  ) throws {
    let estimate = measuredEstimate(of: experiment)
    try Interruption.check()
    if options.json {
      return try StandardOutput.print(object: [
        "networks": networks(settings), "seeds": settings.seeds,
        "trainings": estimate?.trainings, "seconds": estimate?.seconds,
        "marginOfPhotos": Ranking.widestMargin(photos: data.validation.samples.count),
      ])
    }
    try StandardOutput.print(
      plan(settings, data) + [
        estimate.map { words($0, settings) }
          ?? "no estimate: all trainings are done, or their first steps fail, as the experiment reports"
      ])
  }

  /// Measures the estimate of the trainings without a result; nil without one.
  private func measuredEstimate(of experiment: Experiment) -> ExperimentEstimate? {
    var status = StatusLine(isQuiet: options.quiet)
    status.show("measuring a few training steps", isLast: true)
    return experiment.estimate(isInterrupted: { Interruption.current != nil })
  }

  /// The number of networks, or of proposals of a search.
  private func networks(_ settings: ExperimentSettings) -> Int {
    settings.study.search?.samples ?? settings.study.candidates.count
  }

  /// For instance "24 networks, 3 trainings of each, 8 epochs of 400 photos, 100 photos held out for
  /// validation", the margin from the photos, and for a search its objective.
  private func plan(_ settings: ExperimentSettings, _ data: DataSplit) -> [String] {
    let count = networks(settings)
    let photos = data.validation.samples.count
    let networks =
      command == .search
      ? count.counted("proposal", "proposals") : count.counted("network", "networks")
    return [
      networks + ", \(settings.seeds.counted("training", "trainings")) of each, "
        + "\(settings.recipe.epochs.counted("epoch", "epochs")) of "
        + "\(data.training.samples.count.counted("photo", "photos")), "
        + "\(photos.counted("photo", "photos")) held out for validation",
      "with \(photos.counted("validation photo", "validation photos")), differences of two networks "
        + "below \((100 * Ranking.widestMargin(photos: photos)).fixed(1)) points may be random "
        + "(95 %), before other seeds are considered",
      needOfTradeOff(settings),
      settings.study.search?.objective.formula,
    ].compactMap(\.self)
  }

  /// A line if the networks are too few for the trade-off of 'effnet scale fit --free'.
  private func needOfTradeOff(_ settings: ExperimentSettings) -> String? {
    guard case .dimensions(let study) = settings.study, study.candidates.count < TradeOff.fewest
    else { return nil }
    return "'effnet scale fit --free' needs at least \(TradeOff.fewest) networks: for it, use more "
      + "--factors"
  }

  private func words(_ estimate: ExperimentEstimate, _ settings: ExperimentSettings) -> String {
    estimate.trainings.counted("different training", "different trainings")
      + ", about \(estimate.seconds.roughDuration) on this machine, by the speed of a few training "
      + "steps"
      + (settings.study.hasEqualNetworks
        ? "; networks that round to the same one are trained once" : "")
  }
}
