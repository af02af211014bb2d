import EfficientNet
import EfficientNetSystem
import Foundation
import Testing

@testable import EfficientNetTraining

@Suite("Rate finder")
struct RateFinderTests {
  private func find(
    _ photos: String, threads: Int = 2, cache: PhotoCache? = nil,
    isInterrupted: () -> Bool = { false }, _ change: (inout RunConfiguration, inout Model) -> Void
  ) throws -> RateTest {
    let data = try DataSplit(path: photos, validation: 0.2, seed: 3)
    var configuration = ColoredPhotos.configuration(photos, data)
    configuration.recipe.rate = 100
    var model = try ColoredPhotos.model(configuration)
    change(&configuration, &model)
    let finder = try RateFinder(
      configuration, model: model, data: data, pool: ThreadPool(threads: threads))
    finder.cache = cache
    var shown = 0
    let test = try finder.run(isInterrupted: isInterrupted) { test in
      #expect(test.points.count > shown || test.isDiverged)
      shown = test.points.count
    }
    #expect(shown == test.points.count)
    return test
  }

  @Test("the suggested rate does not depend on the threads and the cache")
  func suggests() throws {
    try ColoredPhotos.with { photos, _ in
      let one = try find(photos, threads: 1) { _, _ in }
      #expect(one.points.map(\.rate) == Array(RateFinder.rates.prefix(one.points.count)))
      let suggestion = try #require(one.suggestion)
      #expect((1e-3...1).contains(suggestion), "\(suggestion)")
      let cache = try PhotoCache(limit: 1 << 20, place: .memory)
      #expect(try find(photos, threads: 3, cache: cache) { _, _ in } == one)
      #expect(cache.statistics.hits > 0)
    }
  }

  @Test("frozen layers do not change, and a batch may be larger than the data")
  func freezes() throws {
    try ColoredPhotos.with { photos, _ in
      // The batch is larger than the number of photos.
      let test = try find(photos) { configuration, _ in
        configuration.freezing = .backbone
        configuration.recipe.freezesNorms = true
        (configuration.recipe.batch, configuration.recipe.accumulation) = (64, 1)
      }
      #expect(test.points.count > RateTest.fewestPoints)
      let all = try find(photos) { configuration, _ in
        configuration.recipe.freezesNorms = true
        (configuration.recipe.batch, configuration.recipe.accumulation) = (64, 1)
      }
      #expect(all.points != test.points && all.points[0] == test.points[0])
    }
  }

  @Test("an interruption ends the test")
  func interruption() throws {
    try ColoredPhotos.with { photos, _ in
      var batches = 0
      let test = try find(
        photos,
        isInterrupted: {
          batches += 1
          return batches > 7
        }
      ) { _, _ in }
      // Each step has two batches.
      #expect(test.points.count == 3)
    }
  }

  @Test("a loss that diverges in the first steps is an error, later it ends the test")
  func divergence() throws {
    try ColoredPhotos.with { photos, _ in
      // This weight decay makes weights change sign and grow until they overflow.
      let error = #expect(throws: TrainingError.self) {
        try find(photos) { configuration, _ in configuration.recipe.weightDecay = 1e12 }
      }
      #expect(error?.description.contains("after 4 steps, at a learning rate of only") == true)
      let test = try find(photos) { configuration, _ in configuration.recipe.weightDecay = 1e4 }
      #expect(test.isOver && test.points.count >= RateTest.fewestPoints)
    }
  }

  @Test("the pace of training needs the memory of the recipe's dropout")
  func pace() throws {
    try ColoredPhotos.with { photos, _ in
      let data = try DataSplit(path: photos, validation: 0.2, seed: 3)
      var configuration = ColoredPhotos.configuration(photos, data)
      configuration.recipe.dropout = 0.5
      let (recipe, settings) = (configuration.recipe, configuration)
      let bytes = try TrainingNetwork.byteCount(
        of: recipe.network(configuration.model.architecture), batch: recipe.batch,
        copies: recipe.copiesOfParameters, precision: configuration.precision ?? .float32,
        threads: 1)
      let error = #expect(throws: TrainingError.self) {
        try TrainingPace(
          settings, data, threads: 1, cache: nil, room: bytes - 1, isInterrupted: { false })
      }
      guard case .memory(bytes, recipe.batch, _)? = error else {
        Issue.record("\(String(describing: error))")
        return
      }
    }
  }

  @Test("too many broken photos are an error")
  func broken() throws {
    try ColoredPhotos.with { photos, _ in
      for number in 0..<6 {
        try Data("no photo".utf8).write(to: URL(filePath: "\(photos)/red/\(number).png"))
      }
      let error = #expect(throws: TrainingError.self) { try find(photos) { _, _ in } }
      #expect(error?.description.contains("raise the limit") == true)
    }
  }
}
