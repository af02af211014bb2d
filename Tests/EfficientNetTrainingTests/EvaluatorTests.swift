import EfficientNet
import EfficientNetCompute
import EfficientNetReports
import Testing

@testable import EfficientNetTraining

@Suite("Evaluation in tasks")
struct EvaluatorTests {
  private func withEvaluator(
    _ body: (_ evaluator: Evaluator, _ photos: Dataset) async throws -> Void
  ) async throws {
    try await ColoredPhotos.with { photos in
      let data = try DataSplit(path: photos, validation: 0.2, seed: 3)
      let configuration = ColoredPhotos.configuration(photos, data)
      let evaluator = try Evaluator(
        ColoredPhotos.model(configuration), pool: ThreadPool(threads: 2), batch: 4)
      try await body(evaluator, data.training)
    }
  }

  @Test("an awaited evaluation equals the one of the calling thread")
  func equals() async throws {
    try await withEvaluator { evaluator, photos in
      let evaluate: () throws -> Evaluator.Result = { try evaluator.evaluate(photos) }
      let expected = try evaluate().evaluation
      let awaited = try await evaluator.evaluate(photos).evaluation
      #expect(awaited.top1 == expected.top1 && awaited.loss == expected.loss)
    }
  }

  @Test("each photo has its outcome, in order, or is broken")
  func outcomes() async throws {
    try await withEvaluator { evaluator, photos in
      var photos = photos
      let broken = Sample(photo: .file("/nonexistent.png"), label: 0)
      photos.samples.insert(broken, at: 2)
      let result = try await evaluator.evaluate(photos)
      #expect(result.broken.map(\.sample) == [2])
      #expect(result.outcomes.map(\.sample) == photos.samples.indices.filter { $0 != 2 })
      #expect(result.outcomes.allSatisfy { $0.label == photos.samples[$0.sample].label })
      #expect(result.outcomes.count { $0.isRight } == result.evaluation.topOne.count)
      let wrong = result.outcomes.filter { !$0.isRight }
      #expect(Set(wrong).isSuperset(of: result.evaluation.worst))
      #expect(wrong.count == result.evaluation.mistakes)
    }
  }

  @Test("a cancelled evaluation ends before its next batch")
  func cancelled() async throws {
    try await withEvaluator { evaluator, photos in
      let done = Locked(0)
      let task = Task {
        try await evaluator.evaluate(
          photos,
          show: { count, _ in
            done.withLock { $0 = count }
            // Waits for the cancellation.
            while !Task.isCancelled, done.withLock({ $0 > 0 }) {}
          })
      }
      while done.withLock({ $0 }) == 0 { await Task.yield() }
      task.cancel()
      done.withLock { $0 = 0 }
      await #expect(throws: CancellationError.self) { _ = try await task.value }
      #expect(photos.samples.count > 8)
    }
  }
}
