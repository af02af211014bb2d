import EfficientNet
import EfficientNetCompute
import Foundation
import Testing

@testable import EfficientNetTraining

/// Runs with damaged files, broken photos and interruptions.
@Suite("Runs")
struct RunTests {
  /// A trainer for the folder.
  private func trainer(
    _ configuration: RunConfiguration, _ data: DataSplit, in path: String, resumes: Bool = false
  ) throws -> Trainer {
    try Trainer(
      configuration, model: ColoredPhotos.model(configuration), data: data,
      folder: resumes ? RunFolder(resuming: path) : RunFolder(creating: path),
      pool: ThreadPool(threads: 2), resumes: resumes)
  }

  private func withRun(
    _ body: (_ configuration: RunConfiguration, _ data: DataSplit, _ run: String) throws -> Void
  ) throws {
    try ColoredPhotos.with { photos, runs in
      let data = try DataSplit(path: photos, validation: 0.2, seed: 3)
      var configuration = ColoredPhotos.configuration(photos, data)
      configuration.recipe.epochs = 2
      try body(configuration, data, "\(runs)/run")
    }
  }

  private func names(_ path: String) -> [String] { (try? Folder.names(path)) ?? [] }

  /// The text of an error.
  private func complaint(_ body: () throws -> Void) -> String {
    do { try body() } catch { return "\(error)" }
    return "no error"
  }

  @Test("a run does not resume without a readable checkpoint")
  func checkpoints() throws {
    try withRun { configuration, data, run in
      _ = try trainer(configuration, data, in: run).run()
      let best = try Data(contentsOf: URL(filePath: "\(run)/best.safetensors"))
      let paths = try RunFolder(existing: run).checkpoints
      #expect(paths.count == 2)
      // Flips a bit of the weights.
      var bytes = try Data(contentsOf: URL(filePath: paths[0]))
      bytes[bytes.count - 9] ^= 1
      try bytes.write(to: URL(filePath: paths[0]))
      let notes = try trainer(configuration, data, in: run, resumes: true).notes
      #expect(notes.count == 1)
      #expect(notes[0].contains("checksum") && notes[0].contains("which is older"))
      for path in paths { try Data([1, 2, 3]).write(to: URL(filePath: path)) }
      let damaged = complaint { _ = try trainer(configuration, data, in: run, resumes: true) }
      #expect(damaged.contains(paths[0]) && damaged.contains("start a new run"), "\(damaged)")
      for path in paths { try FileManager.default.removeItem(atPath: path) }
      let missing = complaint { _ = try trainer(configuration, data, in: run, resumes: true) }
      #expect(missing == "\(run): there is no checkpoint to resume from; start a new run")
      #expect(try Data(contentsOf: URL(filePath: "\(run)/best.safetensors")) == best)
    }
  }

  @Test("lost best weights are found again")
  func lostBest() throws {
    try withRun { configuration, data, run in
      let whole = try trainer(configuration, data, in: run).run()
      try FileManager.default.removeItem(atPath: "\(run)/best.safetensors")
      let trainer = try trainer(configuration, data, in: run, resumes: true)
      let again = try trainer.run()
      #expect(again.records == whole.records && again.best != nil)
      #expect(names(run).contains("best.safetensors"))
    }
  }

  @Test("an epoch is kept when its validation is interrupted")
  func interruptedValidation() throws {
    try withRun { configuration, data, run in
      var isValidating = false
      let part = try trainer(configuration, data, in: run).run(
        isInterrupted: { isValidating },
        show: { if $0.epoch == 2, $0.images == $0.imagesPerEpoch { isValidating = true } })
      #expect(part.isInterrupted && part.records.count == 1)
      var batches = 0
      let rest = try trainer(configuration, data, in: run, resumes: true).run(
        show: { if !$0.isValidating { batches += 1 } })
      #expect(rest.records.count == 2 && !rest.isInterrupted && batches == 0)
      let whole = try trainer(configuration, data, in: "\(run)-whole").run()
      #expect(whole.best?.epoch == rest.best?.epoch && whole.best?.top1 == rest.best?.top1)
      #expect(rest.evaluation == whole.evaluation)
    }
  }

  @Test("broken photos of both parts count and are reported once each")
  func brokenPhotos() throws {
    try withRun { configuration, data, run in
      var configuration = configuration
      configuration.brokenLimit = 3
      for sample in data.validation.samples.prefix(2) + data.training.samples.prefix(1) {
        try Data("no photo".utf8).write(to: URL(filePath: sample.photo.path))
      }
      let trainer = try trainer(configuration, data, in: run)
      var told: [String] = []
      trainer.whenBroken = { told.append($0.path) }
      let result = try trainer.run()
      #expect(told.count == 3 && Set(told).count == 3 && result.broken.count == 3)
      configuration.brokenLimit = 1
      let error = complaint { _ = try self.trainer(configuration, data, in: "\(run)-2").run() }
      #expect(
        error.hasPrefix("2 photos cannot be read (the first: ")
          && error.contains("), but the limit is 1; "), "\(error)")
      // With a higher limit, the run resumes with the weights of the epoch.
      configuration.brokenLimit = 5
      let rest = try self.trainer(configuration, data, in: "\(run)-2", resumes: true).run()
      #expect(rest.records.count == 2 && rest.broken.count == 3)
    }
  }

  /// The paths are relative to the command's folder at first, absolute later, and different after
  /// the photos were moved.
  @Test("broken photos count once, whatever their paths are when a run resumes")
  func brokenPhotosOnResume() throws {
    try withRun { configuration, data, run in
      var configuration = configuration
      (configuration.brokenLimit, configuration.recipe.epochs) = (5, 3)
      for sample in data.validation.samples.prefix(2) + data.training.samples.prefix(3) {
        try Data("no photo".utf8).write(to: URL(filePath: sample.photo.path))
      }
      /// Runs until the given number of epochs is done, like a separate process.
      func runOn(until epochs: Int, _ data: DataSplit, resumes: Bool) throws -> (
        TrainingResult, told: Int
      ) {
        let trainer = try self.trainer(configuration, data, in: run, resumes: resumes)
        var told = 0
        trainer.whenBroken = { _ in told += 1 }
        return (try trainer.run(isInterrupted: { trainer.records.count == epochs }), told)
      }
      let (part, told) = try runOn(until: 1, data, resumes: false)
      #expect(part.isInterrupted && part.records.count == 1)
      #expect(part.broken.count == 5 && told == 5)
      let photos = configuration.data
      for (epochs, place) in [(2, "\(photos)/../photos"), (3, "\(photos)-moved")] {
        if epochs == 3 { try FileManager.default.moveItem(atPath: photos, toPath: place) }
        configuration.data = place
        let (rest, told) = try runOn(until: epochs, configuration.photos(), resumes: true)
        #expect(rest.records.count == epochs && rest.broken.count == 5 && told == 0)
        // Messages name the current paths.
        #expect(rest.broken.allSatisfy { $0.path.hasPrefix(place) && $0.reason.contains(place) })
      }
    }
  }

  @Test(
    "a rate that is too high ends a run, and all checkpoints are finite",
    arguments: [1e6, 1e30])
  func divergence(rate: Double) throws {
    try withRun { configuration, data, run in
      var configuration = configuration
      (configuration.recipe.rate, configuration.recipe.headEpochs) = (rate, 0)
      let error = complaint { _ = try trainer(configuration, data, in: run).run() }
      #expect(error.hasPrefix("training diverged at step "), "\(error)")
      #expect(
        error.contains("learning rate") && error.contains("lower the learning rate"), "\(error)")
      _ = try trainer(configuration, data, in: run, resumes: true)
    }
  }

  @Test("a run that cannot start leaves no run behind")
  func nothingIsLeft() throws {
    try withRun { configuration, data, run in
      let trainer = try trainer(configuration, data, in: run)
      // The folder stands for a full disk.
      try FileManager.default.createDirectory(
        atPath: "\(run)/config.json", withIntermediateDirectories: false)
      #expect(throws: FileError.self) { try trainer.run() }
      #expect(names(run) == ["config.json"])
      try FileManager.default.removeItem(atPath: "\(run)/config.json")
      #expect(throws: FileError.self) { try RunFolder(resuming: run) }
    }
  }

  @Test("runs in bfloat16 differ from fp32 and resume in bfloat16")
  func bfloat16() throws {
    try withRun { configuration, data, run in
      func weights(_ path: String) throws -> Data {
        try Data(contentsOf: URL(filePath: "\(path)/last.safetensors"))
      }
      _ = try trainer(configuration, data, in: "\(run)-fp32").run()
      var configuration = configuration
      configuration.precision = .bfloat16
      let whole = try trainer(configuration, data, in: "\(run)-whole").run()
      #expect(whole.records.allSatisfy { $0.trainingLoss.isFinite })
      var steps = 0
      let part = try trainer(configuration, data, in: run).run(
        isInterrupted: {
          steps += 1
          return steps > 3
        })
      #expect(part.isInterrupted)
      let kept = try RunFolder(resuming: run).readSettings()
      #expect(kept.precision == .bfloat16)
      _ = try trainer(kept, data, in: run, resumes: true).run()
      #expect(try weights(run) == weights("\(run)-whole"))
      #expect(try weights(run) != weights("\(run)-fp32"))
      configuration.precision = .float16
      #expect(configuration.complaint == Precision.float16.trainingComplaint)
    }
  }

  @Test("photos may move")
  func movedPhotos() throws {
    try withRun { configuration, data, run in
      let moved = configuration.data + "-moved"
      try FileManager.default.moveItem(atPath: configuration.data, toPath: moved)
      let error = complaint { _ = try configuration.photos() }
      #expect(error.contains(configuration.data) && error.contains("name their new path"))
      var configuration = configuration
      configuration.workingFolder = (moved as NSString).deletingLastPathComponent
      configuration.data = (moved as NSString).lastPathComponent
      #expect(try configuration.photos().validation.samples.count == data.validation.samples.count)
      #expect(
        try configuration.photos(validationLimit: 2).validation.photosPerClass == [1, 1])
      var limited = configuration
      limited.trainingLimit = 2
      limited.dataFingerprint = try DataSplit(
        path: moved, validation: limited.validationShare, seed: limited.seed, trainingLimit: 2
      ).fingerprint
      #expect(try limited.photos().training.photosPerClass == [1, 1])
      limited.trainingLimit = 0
      #expect(limited.complaint == "the limit of training photos is 0; it must be at least 1")
      try FileManager.default.removeItem(atPath: "\(moved)/red/0.png")
      #expect(
        complaint { _ = try configuration.photos() }.contains("relabelled since the run began"))
    }
  }

  @Test("batches that need more memory than there is are refused before allocation")
  func memory() throws {
    var architecture = ColoredPhotos.architecture
    architecture.resolution = 2048
    #expect(throws: TrainingError.self) {
      try TrainingNetwork(
        architecture, weights: Weights(untrained: architecture, seed: 0), maximumBatch: 4096,
        pool: ThreadPool(threads: 1))
    }
    let small = ColoredPhotos.architecture
    let counts = try [0, 2].map {
      try TrainingNetwork(
        small, weights: Weights(untrained: small, seed: 0), maximumBatch: 2,
        pool: ThreadPool(threads: 1), copies: $0
      ).byteCount
    }
    #expect(counts[1] - counts[0] >= 8 * Graph(small).parameterCount)
  }
}
