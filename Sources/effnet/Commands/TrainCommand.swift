import ArgumentParser
import EfficientNet
import EfficientNetReports
import EfficientNetSystem
import EfficientNetTraining

struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Train a network on photos.",
    discussion: """
      Photos are a folder with a subfolder for each class, optionally below train/ and val/; a \
      CSV file with the columns path and label; or tar archives. Without a validation split, 20 \
      % of each class is held out (--split).

      Training fine-tunes the pretrained network of --model, lite0 by default. If its classes are \
      those of the photos, in the same order, its classifier is kept. Otherwise a new one is \
      trained alone for --head-epochs epochs before all layers. --from-scratch starts from random \
      weights.

      The run's folder, runs/train/NAME, holds the best and the last weights, report.html, \
      log.csv, config.json and, until the run is finished, checkpoints. After Ctrl-C, a full \
      disk or a crash, --resume continues the run, with identical results. Without --output, a \
      new run like an interrupted one is refused. --broken, \
      --checkpoint-minutes, --keep-checkpoints, --threads, --cache, --cache-limit, --json, \
      --quiet and the path of moved photos can be changed on resume, and --epochs can be raised; \
      everything else comes from config.json. 'effnet runs' lists the runs.

      --resume RUN --epochs N trains RUN longer, until it has N epochs: with 20 after 10, 10 more. \
      Epochs of other runs never count, also not if RUN began with their weights. A constant or \
      exponential learning rate continues as before, also after the last epoch. A cosine covers \
      the new number of epochs from the next step on. After the last epoch of a cosine the rate is \
      0: then a new run, such as runs/train/photos-2, trains the last weights for the rest of the \
      epochs with the same settings. Its epochs count from 1, and the rate starts again.

      --estimate prints the memory and about how long the training takes, by the speed of a few \
      steps. First look at the photos with 'effnet augment' and find a learning rate with 'effnet \
      find-lr'; 'effnet recipe' prints all settings.

      To sort photos with the new network, choose --threshold from the table of 'effnet evaluate'. \
      The thresholds of 'effnet label' do not suit it.

      Examples:
        effnet train photos/
        effnet train photos/ --model lite0 --resolution 128 --epochs 5 --lr 0.02
        effnet train photos/ --model b0.safetensors --freeze backbone:3
        effnet train photos/ --model b0 --from-scratch --recipe efficientnet
        effnet train photos/ --model b4 --from-scratch --batch 8 --estimate
        effnet train --resume runs/train/photos
        effnet train --resume runs/train/photos --epochs 20
        effnet train --resume runs/train/photos /new/place/of/photos --broken 50
      """)

  @Option(
    name: .shortAndLong,
    help: "The folder of the run (default: runs/train/NAME, with the name of the photos).",
    value: "path")
  var output: String?
  @Option(help: "Continue the run in this folder.", value: "run") var resume: String?
  @OptionGroup var options: TrainingOptions
  @OptionGroup var learning: LearningOptions
  @Option(number: "Minutes between checkpoints within an epoch (default: 5).", value: "minutes")
  var checkpointMinutes: Double?
  @Flag(
    help: """
      Keep the checkpoints of a finished run (default: only one that a longer run can resume from).
      """)
  var keepCheckpoints = false
  @Flag(help: "Print the memory and about how long the training takes, and exit without a folder.")
  var estimate = false
  @Flag(help: "Print one JSON object at the end.") var json = false
  @Flag(help: "Do not show progress and the summary.") var quiet = false

  func validate() throws {
    if let checkpointMinutes, !(checkpointMinutes > 0 && checkpointMinutes.isFinite) {
      throw ValidationError(
        "--checkpoint-minutes is \(checkpointMinutes); it must be above 0")
    }
    if estimate {
      let given = [
        ("--resume", resume != nil), ("--output", output != nil),
        ("--keep-checkpoints", keepCheckpoints),
      ]
      if let (option, _) = given.first(where: \.1) {
        throw ValidationError(
          "--estimate is for a new run, and leaves no folder; leave out \(option)")
      }
    }
    if let resume {
      if let complaint = RunConfiguration.complaint(
        resumingWith: GivenOptions.names,
        changeable: ["--checkpoint-minutes", "--keep-checkpoints", "--epochs"])
      {
        let last = (try? RunFolder(existing: resume))?.last
        throw ValidationError(
          complaint
            + (last.flatMap {
              FileStatus($0) == nil ? nil : ", from its last weights: --model \($0)"
            }
              ?? ""))
      }
      try check(options.recipe.changes.epochs, "--epochs", 1...1_000_000)
    } else if options.photos == nil {
      throw ValidationError("no photos given; name photos to train on, or a run with --resume")
    }
  }

  func run() throws {
    // Until something is written, Ctrl-C may end the process at once.
    Interruption.endAtOnce()
    if let resume { return try resumeRun(at: resume) }
    let photos = try options.namedPhotos()
    var start = try TrainingStart(
      options, learning, photos: photos, checkpointMinutes: checkpointMinutes,
      keepsCheckpoints: keepCheckpoints)
    if let (count, note) = try options.trainedBefore(of: start.data.validation) {
      start.trainedBefore = count
      start.data.notes.append(note)
    }
    start.data.notes += start.sizeNotes
    if estimate { return try printEstimate(of: start) }
    if output == nil {
      try RunFolder.unfinished(in: "runs/train", for: start.configuration)?
        .check(newRun: start.configuration)
    }
    Signals.note()
    let folder =
      try output.map { try RunFolder.new($0, for: .train) }
      ?? .numbered(in: "runs/train", name: TrainingStart.name(of: photos), isQuiet: quiet)
    do {
      try train(start, in: folder, trainer(start, folder))
    } catch {
      folder.discardUnlessBegun()
      throw error
    }
  }

  /// Returns the trainer of a run. Notes if it needs more memory than is available.
  func trainer(
    _ start: TrainingStart, _ folder: RunFolder, resumes: Bool = false
  ) throws -> Trainer {
    let available = MachineMemory.available
    let trainer = try Trainer(
      start.configuration, model: start.model, data: start.data, folder: folder,
      pool: options.processors.pool(), resumes: resumes)
    trainer.cache = try learning.cache.makeCache(
      start.configuration.cache, besides: trainer.byteCount, available: available)
    try start.noteMemory(
      bytes: trainer.byteCount, available: available, threads: trainer.threads)
    return trainer
  }

  /// Trains, writes the report, and shows the result.
  ///
  /// - Parameter done: The number of epochs that are shown already.
  func train(
    _ start: TrainingStart, in folder: RunFolder, _ trainer: Trainer, after done: Int = 0
  ) throws {
    StandardError.note(start.data.notes + trainer.notes)
    if !quiet {
      StandardError.write(start.line(bytes: trainer.byteCount) + "\n" + Self.meanings(of: start))
    }
    let result: TrainingResult
    do {
      result = try run(trainer, start, folder, after: done)
      if !result.records.isEmpty {
        var report = try TrainingReport(
          title: folder.name, start.configuration, result, data: start.data,
          earlier: folder.earlierRecords(of: start.configuration))
        report.longerCommand = folder.longerCommand(
          start.configuration, trained: result.records.count)
        if let new = RunOutcome(result).best,
          let (run, old) = folder.bestEarlierRun(of: start.configuration)
        {
          report.notes += [Self.remark(on: new, after: old, named: run.name)].compactMap(\.self)
        }
        try folder.write(report.html(), to: folder.report)
      }
      if !result.isInterrupted {
        try folder.finish(RunOutcome(result), of: start.configuration)
      }
    } catch {
      // After an error of the system, such as a full disk, the run can be resumed.
      guard Folder.exists(folder.path) else { throw error }
      switch error {
      case TrainingError.diverged: throw try folder.abandoned(trainer, start.configuration, error)
      case let error as FileError: throw error.resumable(by: folder.resumingCommand)
      case WeightsError.file(let error): throw error.resumable(by: folder.resumingCommand)
      default: throw error
      }
    }
    StandardError.note(trainer.cache?.notes ?? [])
    if result.isInterrupted {
      try Interruption.check(toContinue: folder.resumingCommand)
    }
    try show(result, of: start, folder)
  }

  private func run(
    _ trainer: Trainer, _ start: TrainingStart, _ folder: RunFolder, after done: Int
  ) throws -> TrainingResult {
    let (data, recipe) = (start.data, start.configuration.recipe)
    let (training, validation) = (data.training.samples.count, data.validation.samples.count)
    var status = StatusLine(isQuiet: quiet)
    var reported = done
    var (isLossNoted, isTimeShown) = (false, false)
    func report(_ records: [EpochRecord]) {
      for record in records.dropFirst(reported) where !quiet {
        StandardError.write(record.line(isValidated: validation > 0) + "\n")
        let loss = max(record.trainingLoss, record.validationLoss)
        if !isLossNoted, let note = Self.note(onLoss: loss, classes: data.training.classes.count) {
          StandardError.note(note)
          isLossNoted = true
        }
        // The epochs of the classifier alone are faster.
        if !isTimeShown, record.epoch > recipe.headEpochs {
          let rest = record.timeOfRest(
            epochs: recipe.epochs, training: training, validation: validation)
          if let rest { StandardError.write(rest + "\n") }
          isTimeShown = true
        }
      }
      reported = max(reported, records.count)
    }
    trainer.whenBroken = { StandardError.note("a photo is skipped: \($0)") }
    let result = try trainer.run(isInterrupted: Interruption.announced()) { state in
      report(trainer.records)
      status.show(state.text)
    }
    report(result.records)
    return result
  }

  /// Explains the words of the lines that follow.
  private static func meanings(of start: TrainingStart) -> String {
    let recipe = start.configuration.recipe
    let lowest = CrossEntropy(smoothing: recipe.smoothing)
      .lowest(classes: start.data.training.classes.count)
    // A number with two digits that is not above the lowest loss.
    let bound = (lowest * 100).rounded(.down) / 100
    let isValidated = !start.data.validation.samples.isEmpty
    return "epoch: one pass over the photos to train on"
      + (isValidated ? "; validation: a test on the other photos\n" : "\n")
      + "top-1: the share of photos that are right; loss: 0 is perfect, mistakes raise it\n"
      + (bound == 0 || recipe.balancesClasses
        ? ""
        : "label smoothing keeps the training loss above \(bound.fixed(2)), also if all photos are "
          + "right\n")
  }

  /// The note that a loss is far above the loss of guessing; nil if it is not.
  static func note(onLoss loss: Double, classes: Int) -> String? {
    let guessing = log(Double(classes))
    guard loss > 4 * guessing else { return nil }
    return "the loss is \(loss.formatted(digits: 1)); guessing among "
      + "\(classes.counted("class", "classes")) has \(guessing.formatted(digits: 2)); this can happen "
      + "in the first epochs; if it does not fall, use a lower learning rate (--lr)"
  }
}
