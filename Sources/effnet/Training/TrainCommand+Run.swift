import ArgumentParser
import EfficientNet
import EfficientNetCompute
import EfficientNetFormats
import EfficientNetReports
import EfficientNetTraining
import FoundationEssentials

/// Training, from the beginning or from a checkpoint.
extension TrainCommand {
  /// Begins a run.
  func train(on photos: String) throws {
    let start = try TrainingStart(self, photos: photos)
    Interruption.install()
    let folder =
      try output.map { try RunFolder(creating: $0) }
      ?? RunFolder(creatingIn: "runs/train", name: Self.name(of: photos))
    do {
      try train(start, in: folder, trainer(start, folder))
    } catch {
      folder.discardUnlessBegun()
      throw error
    }
  }

  /// Goes on with a run.
  func goOn(with run: String) throws {
    let folder = try RunFolder(resuming: run)
    let begun = try folder.readSettings()
    var configuration = begun
    if let photos { configuration.moveData(to: photos) }
    configuration.brokenLimit = broken ?? configuration.brokenLimit
    configuration.checkpointMinutes = checkpointMinutes ?? configuration.checkpointMinutes
    let data = try configuration.photos()
    // The weights come from the checkpoint.
    let model = try Model(
      configuration.model,
      weights: Weights(untrained: configuration.model.architecture, seed: 0))
    let start = TrainingStart(configuration: configuration, model: model, data: data)
    let trainer = try trainer(start, folder, resumes: true)
    Interruption.install()
    if configuration != begun { try folder.write(configuration) }
    try train(start, in: folder, trainer)
  }

  private func trainer(
    _ start: TrainingStart, _ folder: RunFolder, resumes: Bool = false
  ) throws -> Trainer {
    let trainer = try Trainer(
      start.configuration, model: start.model, data: start.data, folder: folder,
      pool: ThreadPool.started(threads: threads), resumes: resumes)
    trainer.cache = try cache.makeCache(
      cache.cache ?? start.configuration.cache ?? .memory, besides: trainer.byteCount)
    return trainer
  }

  private func train(
    _ start: TrainingStart, in folder: RunFolder, _ trainer: Trainer
  ) throws {
    note(start.data.notes + trainer.notes)
    if !quiet { StandardError.write(start.line(bytes: trainer.byteCount)) }
    let result: TrainingResult
    do {
      result = try run(trainer, isValidated: !start.data.validation.samples.isEmpty)
      if !result.records.isEmpty {
        let report = try TrainingReport(
          title: folder.name, start.configuration, result, data: start.data)
        try folder.write(report.html(), to: folder.report)
      }
    } catch {
      throw BrokenRun(error, in: folder) ?? error
    }
    note(trainer.cache?.notes ?? [])
    if result.isInterrupted {
      StandardError.write("stopped in order; go on with: \(folder.resumingCommand)\n")
      try Interruption.check()
    }
    try show(result, folder)
  }

  /// Trains, and shows how far it is.
  private func run(_ trainer: Trainer, isValidated: Bool) throws -> TrainingResult {
    var line = TrainingLine(isQuiet: quiet)
    defer { line.clear() }
    var reported = trainer.records.count
    func report(_ records: [EpochRecord]) {
      guard records.count > reported else { return }
      line.clear()
      if !quiet {
        for record in records[reported...] {
          StandardError.write(record.line(isValidated: isValidated) + "\n")
        }
      }
      reported = records.count
    }
    trainer.whenBroken = { StandardError.report("\($0)") }
    let result = try trainer.run(isInterrupted: Interruption.announced()) { state in
      report(trainer.records)
      line.update(state)
    }
    report(result.records)
    return result
  }

  private func show(_ result: TrainingResult, _ folder: RunFolder) throws {
    if json { return try StandardOutput.print(TrainingSummary(result, folder).line) }
    guard !quiet else { return }
    let best =
      result.best.map {
        "best epoch \($0.epoch): top-1 \((100 * $0.top1).formatted(digits: 2)) %"
      }
      ?? "no photos to validate with"
    try StandardOutput.print(
      "\(best), "
        + "\(result.imagesPerSecond.formatted(digits: 1)) photos a second, "
        + "\(result.seconds.roughDuration) of training\(result.isEarly ? ", ended early" : "")"
    )
    try StandardOutput.print("report: \(folder.report)")
    let next = ShellWords.joined(["effnet", "classify", "--weights", folder.best, "photo.jpg"])
    try StandardOutput.print("next: \(next)")
  }

  /// Tells the user.
  func note(_ notes: [String]) {
    for note in notes { StandardError.note(note) }
  }

  /// The last part of a path, without the ending of a table or an archive.
  static func name(of path: String) -> String {
    let last = path.split(separator: "/").last.map(String.init) ?? ""
    let ending = [".csv", ".tar"].first { last.lowercased().hasSuffix($0) } ?? ""
    let stem = String(last.dropLast(ending.count))
    let isPattern = stem.contains { "{*?[".contains($0) }
    return stem.allSatisfy { $0 == "." } || isPattern ? "photos" : stem
  }
}
