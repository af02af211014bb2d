import EfficientNet
import EfficientNetCompute
import EfficientNetReports
import Foundation
import Testing

@testable import EfficientNetTraining

/// Runs that get more epochs, and what is left of finished runs.
@Suite("Length of runs")
struct RunLengthTests {
  private func withRuns(
    _ decay: Recipe.Decay,
    _ body: (_ configuration: RunConfiguration, _ data: DataSplit, _ runs: String) throws -> Void
  ) throws {
    try ColoredPhotos.with { photos, runs in
      let data = try DataSplit(path: photos, validation: 0.2, seed: 3)
      var configuration = ColoredPhotos.configuration(photos, data)
      configuration.recipe.decay = decay
      try body(configuration, data, runs)
    }
  }

  /// Runs for a number of epochs as a process does.
  private func run(
    _ configuration: RunConfiguration, epochs: Int, _ data: DataSplit, in path: String,
    resumes: Bool = false, until end: Int? = nil
  ) throws -> TrainingResult {
    var configuration = configuration
    configuration.recipe.epochs = epochs
    let folder = try resumes ? RunFolder(resuming: path) : RunFolder(creating: path)
    if resumes {
      folder.reopen()
      try folder.write(configuration)
    }
    let trainer = try Trainer(
      configuration, model: ColoredPhotos.model(configuration), data: data, folder: folder,
      pool: ThreadPool(threads: 2), resumes: resumes)
    let result = try trainer.run(isInterrupted: { trainer.records.count == end })
    if !result.isInterrupted {
      #expect(trainer.trainedEpochs == result.records.count)
      try folder.finish(RunOutcome(result), of: configuration)
    }
    return result
  }

  @Test(
    "a run with a constant or exponential rate that gets longer is bit-identical to a long one",
    arguments: [Recipe.Decay.constant, .exponential(factor: 0.8, epochs: 1.5)],
    [2, nil])
  func longer(decay: Recipe.Decay, finished: Int?) throws {
    try withRuns(decay) { configuration, data, runs in
      let whole = try run(configuration, epochs: 5, data, in: "\(runs)/whole")
      let first = try run(
        configuration, epochs: finished ?? 3, data, in: "\(runs)/run",
        until: finished == nil ? 1 : nil)
      #expect(first.isInterrupted == (finished == nil))
      let rest = try run(configuration, epochs: 5, data, in: "\(runs)/run", resumes: true)
      #expect(rest.records.map(\.trainingLoss) == whole.records.map(\.trainingLoss))
      #expect(rest.records.map(\.rate) == whole.records.map(\.rate))
      for name in ["best", "last"] {
        let files = try ["run", "whole"].map {
          try Data(contentsOf: URL(filePath: "\(runs)/\($0)/\(name).safetensors"))
        }
        #expect(files[0] == files[1], "\(name)")
      }
    }
  }

  @Test("the cosine of an unfinished run covers the new epochs from the next step on")
  func cosine() throws {
    try withRuns(.cosine) { configuration, data, runs in
      let part = try run(configuration, epochs: 4, data, in: "\(runs)/run", until: 2)
      let long = try run(configuration, epochs: 8, data, in: "\(runs)/run", resumes: true)
      #expect(part.records.count == 2 && long.records.count == 8)
      let whole = try run(configuration, epochs: 8, data, in: "\(runs)/whole")
      let rates = (long.records.map(\.rate), whole.records.map(\.rate))
      #expect(Array(rates.0.prefix(2)) == part.records.map(\.rate))
      #expect(Array(rates.0.dropFirst(2)) == Array(rates.1.dropFirst(2)))
      #expect(rates.0[1] != rates.1[1])
    }
  }

  @Test(
    "a finished run keeps only a checkpoint that a longer run needs, or all if it is told to",
    arguments: [
      (Recipe.Decay.cosine, false, nil, 0), (.constant, false, nil, 1), (.cosine, false, true, 2),
      (.constant, true, nil, 0), (.exponential(factor: 0.9, epochs: 1), false, true, 2),
    ] as [(Recipe.Decay, Bool, Bool?, Int)])
  func checkpoints(decay: Recipe.Decay, isEarly: Bool, keeps: Bool?, count: Int) throws {
    try withRuns(decay) { configuration, data, runs in
      var configuration = configuration
      configuration.keepsCheckpoints = keeps
      if isEarly {
        // The network learns nothing.
        (configuration.recipe.rate, configuration.recipe.freezesNorms) = (1e-12, true)
        configuration.recipe.patience = 1
      }
      let epochs = isEarly ? 30 : 2
      let result = try run(configuration, epochs: epochs, data, in: "\(runs)/run")
      #expect(result.isEarly == isEarly)
      let folder = try RunFolder(existing: "\(runs)/run")
      #expect(folder.checkpoints.count == count)
      let outcome = try #require(try folder.readOutcome())
      #expect(outcome.epochs == result.records.count)
      #expect(outcome.end == (isEarly ? .early : .finished))
      #expect(outcome.best?.epoch == result.best?.epoch)
      #expect(outcome.best?.photos == data.validation.samples.count)
      let reason = folder.reasonNotToResume(try folder.readSettings(), outcome)
      switch (decay, isEarly) {
      case (_, true): #expect(reason?.contains("ended early") == true)
      case (.cosine, _): #expect(reason?.contains("has fallen to 0") == true)
      case (.constant, _), (.exponential, _):
        #expect(reason == nil)
        folder.removeCheckpoints(but: nil)
        #expect(
          folder.reasonNotToResume(try folder.readSettings(), outcome)
            == "its checkpoint is missing")
      }
      let overview = try RunOverview(folder)
      #expect(overview.state == .ended(outcome.end))
      #expect(overview.best == outcome.best && overview.epochs == outcome.epochs)
      folder.reopen()
      #expect(try folder.readOutcome() == nil)
      // As if it had stopped between the last epoch and its report.
      let stopped = try RunOverview(folder)
      #expect(stopped.state == .interrupted && stopped.epochs == outcome.epochs)
      #expect(stopped.best == outcome.best)
    }
  }

  @Test("an overview shows unfinished and running runs, and refuses damaged ones")
  func overviews() throws {
    try withRuns(.cosine) { configuration, data, runs in
      let path = "\(runs)/deep/run"
      let part = try run(configuration, epochs: 4, data, in: path, until: 2)
      let folder = try RunFolder(existing: path)
      let overview = try RunOverview(folder)
      #expect(overview.state == .interrupted && overview.epochs == 2 && overview.modified > 0)
      #expect(overview.best?.epoch == part.best?.epoch && overview.best?.top1 == part.best?.top1)
      let record = try #require(part.records.first { $0.epoch == part.best?.epoch })
      #expect(overview.best == RunOutcome.Best(record))
      #expect(overview.best?.proportion?.total == data.validation.samples.count)
      let locked = try RunFolder(resuming: path)
      #expect(try RunOverview(folder).state == .running)
      withExtendedLifetime(locked) {}
      // Other programs write files of the same name.
      let other = try RunFolder(creating: "\(runs)/other")
      try other.write("{}", to: other.settings)
      func found() -> [String] {
        RunFolder.folders(
          at: runs, where: RunFolder.isRun,
          report: { Issue.record("\($0)") })
      }
      // A link to a run is no second one.
      try FileManager.default.createSymbolicLink(
        atPath: "\(runs)/a-link", withDestinationPath: path)
      #expect(found() == [path])
      try folder.write("epoch\n1", to: folder.log)
      let error = #expect(throws: FileError.self) { try RunOverview(folder) }
      #expect(error.map { "\($0)".hasPrefix("\(folder.log): it is damaged: line 1 is") } == true)
      #expect(found() == [path])
    }
  }

  @Test("a run that diverged ends and keeps no checkpoint, even with a constant rate")
  func diverged() throws {
    try withRuns(.constant) { configuration, data, runs in
      _ = try run(configuration, epochs: 2, data, in: "\(runs)/run")
      var configuration = configuration
      (configuration.recipe.epochs, configuration.recipe.rate) = (4, 1e30)
      let folder = try RunFolder(existing: "\(runs)/run")
      folder.reopen()
      try folder.write(configuration)
      let trainer = try Trainer(
        configuration, model: ColoredPhotos.model(configuration), data: data, folder: folder,
        pool: ThreadPool(threads: 2), resumes: true)
      let error = #expect(throws: TrainingError.self) { try trainer.run() }
      guard case .diverged? = error else {
        Issue.record("\(String(describing: error))")
        return
      }
      try folder.finish(trainer.divergedOutcome, of: configuration)
      #expect(folder.checkpoints.isEmpty)
      let overview = try RunOverview(folder)
      #expect(overview.state == .ended(.diverged) && overview.epochs == 2)
      #expect(overview.best?.photos == data.validation.samples.count)
      let outcome = try #require(try folder.readOutcome())
      #expect(folder.reasonNotToResume(configuration, outcome)?.contains("diverge again") == true)
    }
  }

  @Test("the number of validation photos is that of the best epoch")
  func bestPhotos() throws {
    let record = EpochRecord(
      epoch: 1, trainingLoss: 1, trainingTop1: 1, validationLoss: 1, validationTop1: 0.75,
      validationTop5: 1, validationImages: 12, rate: 1, seconds: 1, imagesPerSecond: 1)
    // A photo has become readable since that epoch.
    let evaluation = try SampleReports.evaluation(classes: ClassLabel.numbered(2), photos: 13)
    let result = TrainingResult(
      isInterrupted: false, isEarly: false, records: [record], best: (1, 0.75),
      evaluation: evaluation, seconds: 1, imagesPerSecond: 1, broken: [])
    #expect(RunOutcome(result).best?.proportion == Proportion(9, of: 12))
    #expect(RunOutcome(result).best?.loss == 1)
  }

  @Test(
    "an impossible outcome is refused",
    arguments: [
      ("\"epochs\" : 2", "\"epochs\" : 0"), ("\"epoch\" : ", "\"epoch\" : -"),
      ("\"photos\" : ", "\"photos\" : -"), ("\"top1\" : ", "\"top1\" : 7"), ("}", ""),
      ("\"finished\"", "\"begun\""),
    ])
  func damagedOutcome(old: String, new: String) throws {
    try withRuns(.cosine) { configuration, data, runs in
      _ = try run(configuration, epochs: 2, data, in: "\(runs)/run")
      let (folder, file) = (try RunFolder(existing: "\(runs)/run"), "\(runs)/run/result.json")
      let text = try String(contentsOfFile: file, encoding: .utf8)
      #expect(text.contains(old), "\(text)")
      try folder.write(text.replacing(old, with: new), to: file)
      let error = #expect(throws: FileError.self) { try folder.readOutcome() }
      #expect(error.map { "\($0)".hasPrefix("\(file): it is damaged: ") } == true)
    }
  }
}
