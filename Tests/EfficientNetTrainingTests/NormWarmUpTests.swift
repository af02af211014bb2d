import EfficientNet
import EfficientNetCompute
import Foundation
import Testing

@testable import EfficientNetTraining

/// The warm-up of the batch norms' statistics in runs from random weights.
@Suite("Warm-up of batch norms")
struct NormWarmUpTests {
  /// A run from random weights with a step for each batch.
  private func configuration(_ photos: String, _ data: DataSplit) -> RunConfiguration {
    var configuration = ColoredPhotos.configuration(photos, data, average: nil, weights: nil)
    (configuration.recipe.headEpochs, configuration.recipe.accumulation) = (0, 1)
    return configuration
  }

  @Test(
    "a step keeps min(m, (1 + t) / (10 + t)) of the statistics",
    arguments: zip([0, 8, 90, 890, 5000], [0.1, 0.5, 0.91, 0.99, 0.99]))
  func formula(step: Int, kept: Double) throws {
    try ColoredPhotos.with { photos, _ in
      let data = try DataSplit(path: photos, validation: 0.2, seed: 3)
      let begun = configuration(photos, data)
      #expect(begun.warmsUpNorms == true)
      func statistics(momentum: Double, warmsUp: Bool?) throws -> [String: [Float]] {
        var configuration = begun
        configuration.model.architecture.batchNormMomentum = momentum
        configuration.warmsUpNorms = warmsUp
        let pool = ThreadPool(threads: 1)
        let learner = try Learner(
          ColoredPhotos.model(configuration), for: configuration, photos: data.training, pool: pool)
        learner.optimizer.steps = step
        let loader = BatchLoader(
          data.training, order: [0, 1, 2, 3, 4], batch: 5,
          input: InputPipeline(training: configuration), epoch: 1, seed: 3, pool: pool, cache: nil)
        _ = learner.learn(from: try #require(try loader.next()), seed: 1)
        return learner.network.weights.tensors.filter { $0.key.contains("running_") }
          .mapValues(\.elements)
      }
      let warm = try statistics(momentum: 0.99, warmsUp: true)
      #expect(!warm.isEmpty)
      #expect(try warm == statistics(momentum: kept, warmsUp: nil))
    }
  }

  @Test("after eight steps from random weights, validation is as good as training")
  func validation() throws {
    try ColoredPhotos.with { photos, runs in
      let data = try DataSplit(path: photos, validation: 0.2, seed: 3)
      func last(warmsUp: Bool?) throws -> EpochRecord {
        var configuration = configuration(photos, data)
        (configuration.recipe.epochs, configuration.recipe.batch) = (4, 11)
        configuration.recipe.rateBatch = 11
        (configuration.recipe.dropout, configuration.recipe.stochasticDepth) = (0, 0)
        configuration.warmsUpNorms = warmsUp
        let trainer = try Trainer(
          configuration, model: ColoredPhotos.model(configuration), data: data,
          folder: RunFolder(creating: "\(runs)/\(warmsUp ?? false)"), pool: ThreadPool(threads: 2))
        return try #require(try trainer.run().records.last)
      }
      let (warm, constant) = (try last(warmsUp: true), try last(warmsUp: nil))
      #expect(warm.trainingLoss == constant.trainingLoss)
      // About 0.11 and 0.54, and 0.24 in training.
      #expect(warm.validationLoss < warm.trainingLoss, "\(warm)")
      #expect(constant.validationLoss > constant.trainingLoss + 0.2, "\(constant)")
    }
  }

  @Test("fine-tuning and runs of early versions have no warm-up")
  func settings() throws {
    try ColoredPhotos.with { photos, _ in
      let data = try DataSplit(path: photos, validation: 0.2, seed: 3)
      #expect(ColoredPhotos.configuration(photos, data).warmsUpNorms == nil)
      let json = try encodedJSON(configuration(photos, data))
      let early = json.replacing(/,?"warmsUpNorms" ?: ?true/, with: "")
      #expect(early != json)
      let read: RunConfiguration = try decodedJSON(Array(early.utf8))
      #expect(read.warmsUpNorms == nil && read.weights == nil)
    }
  }
}
