import EfficientNet
import EfficientNetCompute
import Foundation
import Testing

@testable import EfficientNetTraining

/// Whole runs of a tiny network on photos of two colors.
@Suite("Trainer")
struct TrainerTests {
  private func run(
    _ configuration: RunConfiguration, _ data: DataSplit, in path: String, threads: Int,
    cache: PhotoCache? = nil, isInterrupted: () -> Bool = { false }
  ) throws -> TrainingResult {
    let exists = FileManager.default.fileExists(atPath: "\(path)/config.json")
    let folder = try exists ? RunFolder(resuming: path) : RunFolder(creating: path)
    let trainer = try Trainer(
      configuration, model: ColoredPhotos.model(configuration), data: data, folder: folder,
      pool: ThreadPool(threads: threads), resumes: exists)
    trainer.cache = cache
    let result = try trainer.run(isInterrupted: isInterrupted)
    #expect(try folder.readSettings() == configuration)
    return result
  }

  /// Changes to the run, which is SGD with a moving average and one epoch of the classifier alone.
  private static let variants: [@Sendable (inout RunConfiguration) -> Void] = [
    { _ in },
    // Layers that are unfrozen later have taken fewer steps.
    { run in
      run.recipe.take(.adamW())
      (run.recipe.rate, run.recipe.average, run.recipe.headEpochs) = (0.01, nil, 3)
    },
    { run in
      run.recipe.augmentation.mixing = Mixing(mixup: 0.2, cutmix: 1)
      (run.recipe.balancesClasses, run.recipe.optimizer) = (true, .rmsprop())
      run.recipe.rate = 0.002
    },
    // From random weights, the share of the statistics that a step keeps depends on the steps so far.
    { run in
      (run.weights, run.warmsUpNorms, run.recipe.headEpochs) = (nil, true, 0)
      run.recipe.average = nil
    },
  ]

  @Test(
    "a run learns, and resumes after interruptions with identical results, for any threads",
    arguments: variants.indices)
  func resumes(variant: Int) throws {
    try ColoredPhotos.with { photos, runs in
      let data = try DataSplit(path: photos, validation: 0.2, seed: 3)
      var configuration = ColoredPhotos.configuration(photos, data)
      Self.variants[variant](&configuration)
      let whole = try run(configuration, data, in: "\(runs)/whole", threads: 1)
      #expect(whole.records.count == 8 && !whole.isInterrupted)
      let top1 = try #require(whole.best?.top1)
      #expect(top1 > 0.8 || variant > 0, "\(whole.records)")
      // Interrupted after some batches, in training or in validation, with varying numbers of
      // threads.
      var (stops, isDone) = (0, false)
      while !isDone, stops < 40 {
        var batches = 0
        let part = try run(
          configuration, data, in: "\(runs)/parts", threads: 2 + stops % 2,
          isInterrupted: {
            batches += 1
            return batches == 4 + stops % 4
          })
        isDone = !part.isInterrupted
        stops += 1
      }
      #expect(isDone && stops > 3)
      try expectSameWeights("\(runs)/whole", "\(runs)/parts")
      let left = try FileManager.default.contentsOfDirectory(atPath: "\(runs)/parts").sorted()
      #expect(
        left.filter { !$0.hasPrefix("checkpoint-") } == [
          "best.safetensors", "config.json", "last.safetensors", "log.csv",
        ])
      #expect(left.filter { $0.hasPrefix("checkpoint-") }.count == 2)
      // A damaged checkpoint is skipped in favour of the previous one.
      let folder = try RunFolder(existing: "\(runs)/parts")
      try Data([1, 2, 3]).write(to: URL(filePath: folder.checkpoints[0]))
      let again = try run(configuration, data, in: "\(runs)/parts", threads: 1)
      #expect(again.records.count == 8)
    }
  }

  private func expectSameWeights(
    _ first: String, _ second: String, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    for name in ["best.safetensors", "last.safetensors"] {
      let (a, b) = (
        try Weights(safetensors: "\(first)/\(name)"), try Weights(safetensors: "\(second)/\(name)")
      )
      #expect(!a.tensors.isEmpty)
      for (tensor, value) in a.tensors {
        #expect(
          b.tensors[tensor]?.elements == value.elements, "\(name), \(tensor)",
          sourceLocation: sourceLocation)
      }
    }
  }

  @Test("the cache's place and size do not change the weights")
  func caches() throws {
    try ColoredPhotos.with { photos, runs in
      let data = try DataSplit(path: photos, validation: 0.2, seed: 3)
      var configuration = ColoredPhotos.configuration(photos, data)
      configuration.recipe.epochs = 2
      // The photos are shrunk.
      configuration.photoSide = 26
      _ = try run(configuration, data, in: "\(runs)/none", threads: 2)
      let files = PhotoCache.Place.folder("\(runs)/cache")
      for (name, limit, place) in [
        ("memory", 1 << 20, .memory), ("few", 20_000, .memory), ("disk", 1 << 20, files),
        ("again", 1 << 20, files),
      ] as [(String, Int, PhotoCache.Place)] {
        let cache = try PhotoCache(limit: limit, place: place)
        _ = try run(configuration, data, in: "\(runs)/\(name)", threads: 2, cache: cache)
        try expectSameWeights("\(runs)/none", "\(runs)/\(name)")
        #expect(cache.statistics.hits > 0 && cache.statistics.isFull == (name == "few"))
        #expect((cache.statistics.misses == 0) == (name == "again"))
      }
      configuration.photoSide = nil
      _ = try run(configuration, data, in: "\(runs)/whole", threads: 2)
      let (small, whole) = (
        try Weights(safetensors: "\(runs)/none/last.safetensors"),
        try Weights(safetensors: "\(runs)/whole/last.safetensors")
      )
      #expect(
        small.tensors["conv_stem.weight"]?.elements != whole.tensors["conv_stem.weight"]?.elements)
    }
  }

  @Test("too many broken photos end a run, a few do not")
  func broken() throws {
    try ColoredPhotos.with { photos, runs in
      try Data("no photo".utf8).write(to: URL(filePath: "\(photos)/red/0.png"))
      let data = try DataSplit(path: photos, validation: 0.2, seed: 3)
      let one = try run(
        ColoredPhotos.configuration(photos, data), data, in: "\(runs)/one", threads: 2)
      #expect(one.records.count == 8)
      for number in 1..<6 {
        try Data("no photo".utf8).write(to: URL(filePath: "\(photos)/red/\(number).png"))
      }
      #expect(throws: TrainingError.self) {
        try run(ColoredPhotos.configuration(photos, data), data, in: "\(runs)/more", threads: 2)
      }
    }
  }

  @Test("metrics equal those computed by hand")
  func metrics() throws {
    var evaluation = Evaluation(classes: ClassLabel.numbered(3))
    for (logits, label) in [([2, 0, 0], 0), ([0, 3, 0], 2), ([0, 0, 1], 2), ([1, 1, 0], 1)]
      as [([Float], Int)]
    {
      try evaluation.add(logits: logits[...], label: label, sample: evaluation.images)
    }
    #expect(evaluation.images == 4 && evaluation.top1 == 0.5 && evaluation.top5 == 1)
    #expect(evaluation.confusion.map(\.count) == [1, 1, 1, 1])
    #expect(evaluation.worst.map(\.sample) == [1, 3])
    let scores = evaluation.perClass
    #expect(scores[0].precision == 0.5 && scores[0].recall == 1)
    #expect(scores[1].precision == 0 && scores[1].recall == 0 && scores[1].f1 == 0)
    #expect(scores[2].precision == 1 && scores[2].recall == 0.5)
    #expect(evaluation.calibration.error > 0 && evaluation.calibration.error < 1)
    #expect(Evaluation(classes: ClassLabel.numbered(2)).perClass[0].f1 == nil)
  }
}
