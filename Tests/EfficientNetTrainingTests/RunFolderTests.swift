import EfficientNet
import EfficientNetSystem
import Foundation
import Testing

@testable import EfficientNetTraining

/// Where runs may be created, and checks of a run's files.
@Suite("Run folders")
struct RunFolderTests {
  private let folder: TestFolder
  init() throws { folder = try TestFolder() }

  private func complaint(_ body: () throws -> Void) -> String {
    do { try body() } catch { return "\(error)" }
    return "no error"
  }

  @Test("a new run refuses a folder that is not empty")
  func creating() throws {
    let path = "\(folder.path)/a/b"
    let run = try RunFolder(creating: path)
    #expect(complaint { _ = try RunFolder(creating: path) }.contains("another process"))
    withExtendedLifetime(run) {}
    try folder.write("mine/report.html", "mine")
    #expect(
      complaint { _ = try RunFolder(creating: "\(folder.path)/mine") }.contains(
        "the folder is not empty, it contains 'report.html'; choose another folder"))
    try folder.write("run/config.json", "{}")
    #expect(
      complaint { _ = try RunFolder(creating: "\(folder.path)/run") }.contains("resume the run"))
    #expect(complaint { _ = try RunFolder(creating: "") }.contains("the path is empty"))
    #expect(
      complaint { _ = try RunFolder(creating: "\(folder.path)/mine/report.html/x") }.contains(
        "report.html: Not a directory"))
    try folder.makeFolder("empty")
    let empty = try RunFolder(creating: "\(folder.path)/empty")
    empty.discardUnlessBegun()
    #expect(!Folder.exists(empty.path))
  }

  @Test("runs that start at the same time get different folders")
  func simultaneous() async throws {
    let parent = folder.path
    let paths = try await withThrowingTaskGroup(of: RunFolder.self) { group in
      for _ in 0..<8 {
        group.addTask { try RunFolder(creatingIn: "\(parent)/runs", name: "photos") }
      }
      return try await group.reduce(into: Set<String>()) { $0.insert($1.path) }
    }
    #expect(paths.count == 8 && paths.contains("\(parent)/runs/photos-8"))
  }

  @Test("the records of the runs that a run continues are read, the oldest first")
  func earlierRecords() throws {
    func write(_ name: String, continuing other: String?, epochs: Int) throws -> RunFolder {
      var configuration = RunConfiguration(
        data: "photos", dataFingerprint: 1,
        model: SampleReports.model(ClassLabel.numbered(2)), weights: "a", recipe: .finetune)
      configuration.continues = other
      let run = try RunFolder(creating: "\(folder.path)/runs/\(name)")
      try run.write(configuration)
      try run.write(EpochRecord.csv(SampleReports.records(epochs)), to: run.log)
      return run
    }
    func epochs(before run: RunFolder) throws -> [Int] {
      try run.earlierRecords(of: run.readSettings()).map(\.epoch)
    }
    let first = try write("cats", continuing: nil, epochs: 3)
    let second = try write("cats-2", continuing: "cats", epochs: 2)
    let third = try write("cats-3", continuing: "cats-2", epochs: 1)
    #expect(try epochs(before: first) == [])
    #expect(try epochs(before: second) == [1, 2, 3])
    #expect(try epochs(before: third) == [1, 2, 3, 1, 2])
    #expect(
      try epochs(before: RunFolder(existing: "\(third.path)/")) == [1, 2, 3, 1, 2])
    // The best one is not the last one.
    var settings = try third.readSettings()
    #expect(third.bestEarlierRun(of: settings)?.folder.name == "cats")
    settings.dataFingerprint = 2
    #expect(third.bestEarlierRun(of: settings) == nil)
    // A run that is gone, a damaged log, and a circle end the chain.
    let orphan = try write("cats-4", continuing: "dogs", epochs: 1)
    #expect(try epochs(before: orphan) == [])
    let outside = try write("cats-5", continuing: "../runs/cats", epochs: 1)
    #expect(try epochs(before: outside) == [])
    let circle = try write("a", continuing: "b", epochs: 1)
    let other = try write("b", continuing: "a", epochs: 2)
    #expect(try epochs(before: circle) == [1, 2] && epochs(before: other) == [1])
    // A later run in the folder of a deleted one is another run.
    settings = try second.readSettings()
    settings.continuesBegun = 1000
    try second.write(settings)
    #expect(try epochs(before: second) == [] && second.continued(by: settings) == nil)
    var old = try first.readSettings()
    old.begun = 1000
    try first.write(old)
    #expect(try epochs(before: second) == [1, 2, 3])
    #expect(second.continued(by: settings)?.folder.name == "cats")
    try first.write("no log\n", to: first.log)
    #expect(try epochs(before: third) == [1, 2])
  }

  @Test("a run from an int8 network trains and writes floats")
  func int8() throws {
    var model = SampleReports.model(ClassLabel.numbered(2))
    model.quantization = Quantization(maps: [:], calibration: "a test")
    let configuration = RunConfiguration(
      data: "photos", dataFingerprint: 1, model: model, weights: "a", recipe: .finetune)
    #expect(configuration.model.quantization == nil)
  }

  @Test("a folder that is not a run is named in the error")
  func existing() throws {
    #expect(
      complaint { _ = try RunFolder(existing: "\(folder.path)/none") }.contains(
        "the folder does not exist"))
    #expect(
      complaint { _ = try RunFolder(existing: folder.path) }.contains("not the folder of a run"))
    #expect(complaint { _ = try RunFolder(resuming: "") }.contains("name the folder of a run"))
    try folder.write("run/config.json", "{}")
    #expect(
      complaint { _ = try RunFolder(resuming: "\(folder.path)/run/config.json") }.contains(
        "it is a file; name its folder, \(folder.path)/run"))
    let run = try RunFolder(resuming: "\(folder.path)/run")
    #expect(
      complaint { _ = try RunFolder(resuming: "\(folder.path)/run") }.contains("another process"))
    #expect(try RunFolder(existing: "\(folder.path)/run").path == run.path)
  }

  private static let damage: [(String, String)] = [
    (#""batch" : 5"#, #""batch" : 0"#), (#""batch" : 5"#, #""batch" : 1152921504606846976"#),
    (#""epochs" : 8"#, #""epochs" : 4611686018427387904"#),
    (#""accumulation" : 2"#, #""accumulation" : -3"#),
    (#""warmUpEpochs" : 0.5"#, #""warmUpEpochs" : 1e200"#),
    (#""headEpochs" : 1"#, #""headEpochs" : -2"#),
    (#""smoothing" : 0.1"#, #""smoothing" : 7"#),
    (#""momentum" : 0.9"#, #""momentum" : 9e18"#),
    (#""brokenLimit" : 1"#, #""brokenLimit" : -1"#), (#""photoSide" : 26"#, #""photoSide" : 0"#),
    (#""checkpointMinutes" : 60"#, #""checkpointMinutes" : 0"#),
    (#""repeats" : 2"#, #""repeats" : -1"#),
    (#""inputChannels" : 3"#, #""inputChannels" : 1"#),
    (#""name" : "blue""#, #""nam" : "blue""#), ("}", ""),
  ]

  @Test("impossible settings are refused", arguments: damage)
  func damagedSettings(old: String, new: String) throws {
    try ColoredPhotos.with { photos, runs in
      let data = try DataSplit(path: photos, validation: 0.2, seed: 3)
      let run = try RunFolder(creating: "\(runs)/run")
      var configuration = ColoredPhotos.configuration(photos, data)
      configuration.photoSide = 26
      try run.write(configuration)
      let text = try String(contentsOfFile: run.settings, encoding: .utf8)
      #expect(text.contains(old), "\(old)")
      try text.replacing(old, with: new).write(
        toFile: run.settings, atomically: true, encoding: .utf8)
      let error = complaint { _ = try run.readSettings() }
      #expect(error.hasPrefix("\(run.settings): it is damaged: "), "\(error)")
      #expect(error.hasSuffix("; restore the file, or start a new run"), "\(error)")
      #expect(!error.contains("DecodingError"), "\(error)")
    }
  }

  @Test("impossible progress is refused")
  func progress() {
    var progress = Checkpoint.Progress()
    func isPossible() -> Bool { progress.isPossible(epochs: 4, batchesPerEpoch: 9, photos: 20) }
    #expect(isPossible())
    for change: (inout Checkpoint.Progress) -> Void in [
      { $0.epoch = 0 }, { $0.epoch = 5 }, { $0.epoch = 2 }, { $0.epoch = .min },
      { $0.batches = -1 }, { $0.batches = 10 }, { $0.images = .max }, { $0.correct = -1 },
      { $0.steps = .max }, { $0.totalImages = .max }, { $0.totalSeconds = 1e308 },
      { $0.broken = [BrokenPhoto(sample: 20, path: "a", reason: "b")] },
      { $0.parameterSteps = [0, -1] }, { $0.seconds = -1 },
      { $0.best = Checkpoint.Best(epoch: 1, top1: 0.5) },
    ] {
      progress = Checkpoint.Progress()
      change(&progress)
      #expect(!isPossible(), "\(progress)")
    }
  }
}
