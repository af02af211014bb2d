import EfficientNet
import EfficientNetCompute
import Foundation
import Testing

@testable import EfficientNetTraining

/// The batches of each optimizer step: compares a run's weights with steps made by hand.
@Suite("Steps of an epoch")
struct StepTests {
  /// A run of one epoch on 22 photos, with two batches per step and without a moving average.
  private func configuration(_ photos: String, _ data: DataSplit, batch: Int) -> RunConfiguration {
    var configuration = ColoredPhotos.configuration(photos, data, average: nil)
    (configuration.recipe.epochs, configuration.recipe.headEpochs) = (1, 0)
    (configuration.recipe.batch, configuration.recipe.rateBatch) = (batch, batch)
    configuration.brokenLimit = 22
    return configuration
  }

  /// The weights after the given steps, each of some batches of the first epoch.
  private func byHand(
    _ configuration: RunConfiguration, _ data: DataSplit, steps: [[Int]], ofEpoch stepsPerEpoch: Int
  ) throws -> Weights {
    let (recipe, pool) = (configuration.recipe, ThreadPool(threads: 1))
    let learner = try Learner(
      ColoredPhotos.model(configuration), for: configuration, photos: data.training, pool: pool)
    let loader = BatchLoader(
      data.training, order: data.training.order(epoch: 1, seed: configuration.seed),
      batch: recipe.batch, input: InputPipeline(training: configuration), epoch: 1,
      seed: configuration.seed, pool: pool, cache: nil)
    var batches: [Int: Batch] = [:]
    while let batch = try loader.next() { batches[batch.number] = batch }
    let schedule = recipe.schedule(stepsPerEpoch: stepsPerEpoch)
    for step in steps {
      for number in step {
        let seed = Learner.seed(configuration.seed, epoch: 1, batches: number + 1)
        _ = learner.learn(from: try #require(batches[number]), seed: seed)
      }
      learner.step(
        rate: recipe.scaledRate * schedule.factor(step[0] / recipe.accumulation),
        batches: step.count)
    }
    return learner.network.weights
  }

  private func expectSteps(
    _ steps: [[Int]], ofEpoch stepsPerEpoch: Int, _ configuration: RunConfiguration,
    _ data: DataSplit, in run: String, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let expected = try byHand(configuration, data, steps: steps, ofEpoch: stepsPerEpoch)
    let trainer = try Trainer(
      configuration, model: ColoredPhotos.model(configuration), data: data,
      folder: RunFolder(creating: run), pool: ThreadPool(threads: 2))
    _ = try trainer.run()
    let found = try Weights(safetensors: "\(run)/last.safetensors")
    for (name, tensor) in expected.tensors {
      #expect(
        found.tensors[name]?.elements == tensor.elements, "\(name)", sourceLocation: sourceLocation)
    }
  }

  @Test("the last step of an epoch is the mean of the remaining batches")
  func lastStep() throws {
    try ColoredPhotos.with { photos, runs in
      let data = try DataSplit(path: photos, validation: 0.2, seed: 3)
      #expect(data.training.samples.count == 22)
      try expectSteps(
        [[0, 1], [2, 3], [4]], ofEpoch: 3, configuration(photos, data, batch: 5), data,
        in: "\(runs)/run")
    }
  }

  @Test("a batch without readable photos does not move other batches to another step")
  func brokenBatch() throws {
    try ColoredPhotos.with { photos, runs in
      let data = try DataSplit(path: photos, validation: 0.2, seed: 3)
      let configuration = configuration(photos, data, batch: 5)
      for sample in data.training.order(epoch: 1, seed: 3)[5..<10] {
        let photo = data.training.samples[sample].photo.path
        try Data("no photo".utf8).write(to: URL(filePath: photo))
      }
      try expectSteps(
        [[0], [2, 3], [4]], ofEpoch: 3, configuration, data, in: "\(runs)/run")
    }
  }

  @Test("a last batch of one photo is skipped if norms are trained, and used if they are frozen")
  func singlePhoto() throws {
    try ColoredPhotos.with { photos, runs in
      let data = try DataSplit(path: photos, validation: 0.2, seed: 3)
      var configuration = configuration(photos, data, batch: 7)
      configuration.recipe.accumulation = 1
      try expectSteps([[0], [1], [2]], ofEpoch: 4, configuration, data, in: "\(runs)/learning")
      configuration.recipe.freezesNorms = true
      try expectFrozen(configuration, data, in: "\(runs)/frozen")
    }
  }

  private func expectFrozen(
    _ configuration: RunConfiguration, _ data: DataSplit, in run: String
  ) throws {
    let trainer = try Trainer(
      configuration, model: ColoredPhotos.model(configuration), data: data,
      folder: RunFolder(creating: run), pool: ThreadPool(threads: 2))
    var images = 0
    _ = try trainer.run(show: { if !$0.isValidating { images = max(images, $0.images) } })
    #expect(images == 22)
  }

  @Test("rare classes count as much as frequent ones if the recipe balances classes")
  func balance() throws {
    try ColoredPhotos.with { photos, _ in
      for number in 0..<10 {
        try FileManager.default.removeItem(atPath: "\(photos)/red/\(number).png")
      }
      let data = try DataSplit(path: photos, validation: 0.2, seed: 3)
      let counts = data.training.photosPerClass
      #expect(counts == [11, 3])
      var configuration = configuration(photos, data, batch: 5)
      func weights() throws -> [Double]? {
        try Learner(
          ColoredPhotos.model(configuration), for: configuration, photos: data.training,
          pool: ThreadPool(threads: 1)
        ).loss.classWeights
      }
      #expect(try weights() == nil)
      configuration.recipe.balancesClasses = true
      #expect(try weights() == [14.0 / 22, 14.0 / 6])
    }
  }
}
