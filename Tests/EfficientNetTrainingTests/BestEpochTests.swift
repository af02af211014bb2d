import EfficientNet
import EfficientNetCompute
import Foundation
import Testing

@testable import EfficientNetTraining

/// The choice of the best epoch, and stopping when accuracy no longer improves.
@Suite("Best epoch")
struct BestEpochTests {
  private func trainer(
    _ configuration: RunConfiguration, _ data: DataSplit, in path: String, resumes: Bool = false,
    room: Int? = nil
  ) throws -> Trainer {
    try Trainer(
      configuration, model: ColoredPhotos.model(configuration), data: data,
      folder: resumes ? RunFolder(resuming: path) : RunFolder(creating: path),
      pool: ThreadPool(threads: 2), resumes: resumes, room: room)
  }

  /// The epoch's number in best.safetensors.
  private func epoch(_ run: String) throws -> Int? {
    let provenance = try Model(contentsOf: "\(run)/best.safetensors").description.provenance
    return provenance.firstMatch(of: /epoch (\d+)/).flatMap { Int($0.1) }
  }

  @Test(
    "among equally accurate epochs, the one with the lowest loss is the best",
    arguments: [nil, 0.5])
  func ties(average: Double?) throws {
    try ColoredPhotos.with { photos, runs in
      let data = try DataSplit(path: photos, validation: 0.2, seed: 3)
      let configuration = ColoredPhotos.configuration(photos, data, average: average)
      let result = try trainer(configuration, data, in: "\(runs)/whole").run()
      let top1 = try #require(result.records.map(\.validationTop1).max())
      let best = result.records.filter { $0.validationTop1 == top1 }
      let lowest = try #require(best.min { $0.validationLoss < $1.validationLoss })
      try #require(lowest.epoch != best[0].epoch, "no tie: \(result.records)")
      #expect(result.best?.epoch == lowest.epoch)
      #expect(try epoch("\(runs)/whole") == lowest.epoch)
      #expect(result.evaluation?.loss == lowest.validationLoss)
      // Now the run is interrupted in every epoch.
      var (resumes, rest) = (false, 20)
      while rest > 0 {
        rest -= 1
        var batches = 0
        let part = try trainer(configuration, data, in: "\(runs)/parts", resumes: resumes).run(
          isInterrupted: {
            batches += 1
            return batches > 6
          })
        if !part.isInterrupted {
          #expect(part.best?.epoch == lowest.epoch)
          break
        }
        resumes = true
      }
      #expect(rest > 0 && resumes)
      #expect(try epoch("\(runs)/parts") == lowest.epoch)
    }
  }

  @Test("a run ends after `patience` epochs without a better one")
  func patience() throws {
    try ColoredPhotos.with { photos, runs in
      var data = try DataSplit(path: photos, validation: 0.2, seed: 3)
      var configuration = ColoredPhotos.configuration(photos, data)
      // The network learns nothing.
      (configuration.recipe.rate, configuration.recipe.freezesNorms) = (1e-12, true)
      (configuration.recipe.patience, configuration.recipe.epochs) = (2, 30)
      let result = try trainer(configuration, data, in: "\(runs)/run").run()
      let best = try #require(result.best?.epoch)
      #expect(result.isEarly && !result.isInterrupted)
      #expect(result.records.count == best + 2 && best < 20)
      // A resumed run trains no further.
      let again = try trainer(configuration, data, in: "\(runs)/run", resumes: true).run()
      #expect(again.isEarly && again.records == result.records)
      data.validation.samples = []
      let error = #expect(throws: TrainingError.self) {
        try trainer(configuration, data, in: "\(runs)/none")
      }
      #expect(error.map { "\($0)".contains("patience needs validation photos") } == true)
    }
  }

  @Test("a network with a sigmoid ends in softmax after training")
  func output() throws {
    try ColoredPhotos.with { photos, runs in
      let data = try DataSplit(path: photos, validation: 0.2, seed: 3)
      var configuration = ColoredPhotos.configuration(photos, data)
      configuration.recipe.epochs = 2
      configuration.model.output = .sigmoid
      _ = try trainer(configuration, data, in: "\(runs)/run").run()
      for name in ["best", "last"] {
        #expect(
          try Model(contentsOf: "\(runs)/run/\(name).safetensors").description.output == .softmax)
      }
      var generator = SeededGenerator(seed: 1)
      let adapted = try ColoredPhotos.model(configuration).withNewHead(
        classes: data.training.classes, using: &generator)
      #expect(adapted.description.output == .softmax)
    }
  }

  @Test("the memory for validation is reserved at the start")
  func room() throws {
    try ColoredPhotos.with { photos, runs in
      let data = try DataSplit(path: photos, validation: 0.2, seed: 3)
      let configuration = ColoredPhotos.configuration(photos, data)
      let bytes = try trainer(configuration, data, in: "\(runs)/a").byteCount
      for room in [bytes - 1, bytes + 1] {
        let error = #expect(throws: TrainingError.self) {
          try trainer(configuration, data, in: "\(runs)/\(room)", room: room)
        }
        guard case .memory = error else {
          Issue.record("\(String(describing: error))")
          return
        }
      }
      _ = try trainer(configuration, data, in: "\(runs)/b", room: 2 * bytes + 1 << 28)
    }
  }
}
