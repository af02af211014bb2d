import EfficientNet
import Foundation
import Testing

@testable import EfficientNetTraining

/// Batches do not depend on the threads, the cache or the first batch.
@Suite struct BatchLoaderTests {
  private let folder: TestFolder
  private let dataset: Dataset
  private let preprocessing = Preprocessing(
    resize: 9, crop: 8, interpolation: .bicubic, mean: [127, 126, 125], std: [128, 64, 32])

  init() throws {
    folder = try TestFolder()
    for index in 0..<23 {
      try folder.write(
        "\(index % 2 == 0 ? "a" : "b")/\(index).png",
        TestPhoto.png(width: 9 + index % 5, height: 8 + index % 3, seed: index))
    }
    dataset = try DataSplit(path: folder.path, validation: 0, seed: 1).training
  }

  private func pipeline(_ augmentation: Augmentation?, photoSide: Int? = nil) -> InputPipeline {
    InputPipeline(
      preprocessing: preprocessing, augmentation: augmentation, resolution: 8, photoSide: photoSide)
  }

  /// All batches of an epoch, and the broken photos.
  private func batches(
    of dataset: Dataset? = nil, threads: Int = 2, augmentation: Augmentation? = nil, batch: Int = 5,
    epoch: Int = 1, cache: PhotoCache? = nil, firstBatch: Int = 0, photoSide: Int? = nil
  ) throws -> (batches: [Batch], broken: [BrokenPhoto]) {
    let dataset = dataset ?? self.dataset
    let loader = BatchLoader(
      dataset, order: dataset.order(epoch: epoch, seed: 7), batch: batch,
      input: pipeline(augmentation, photoSide: photoSide), epoch: epoch, seed: 7,
      pool: ThreadPool(threads: threads),
      cache: cache, firstBatch: firstBatch)
    var batches: [Batch] = []
    while let batch = try loader.next() { batches.append(batch) }
    let more = try loader.next()
    #expect(more == nil)
    return (batches, loader.broken)
  }

  private func expectEqual(_ first: [Batch], _ second: [Batch]) {
    #expect(first.map(\.number) == second.map(\.number))
    #expect(first.map(\.samples) == second.map(\.samples))
    #expect(first.map(\.labels) == second.map(\.labels))
    #expect(first.map(\.targets) == second.map(\.targets))
    #expect(first.map(\.images) == second.map(\.images))
  }

  /// Without augmentation, photos get the preprocessing of inference.
  @Test func photosArePreprocessed() throws {
    let (batches, broken) = try batches()
    #expect(broken.isEmpty)
    #expect(batches.map(\.samples.count) == [5, 5, 5, 5, 3])
    #expect(batches.flatMap(\.samples) == dataset.order(epoch: 1, seed: 7))
    for batch in batches {
      #expect(batch.targets == nil)
      for (place, sample) in batch.samples.enumerated() {
        let expected = try preprocessing.tensor(dataset.samples[sample].photo.decoded())
        #expect(
          Array(batch.images.elements[(place * 192)..<((place + 1) * 192)]) == expected.elements)
        #expect(batch.labels[place] == dataset.samples[sample].label)
      }
    }
  }

  @Test(arguments: [nil, TestAugmentation.random, TestAugmentation.mixing])
  func threadsDoNotMatter(augmentation: Augmentation?) throws {
    let one = try batches(threads: 1, augmentation: augmentation).batches
    for threads in [2, 3] {
      try expectEqual(one, batches(threads: threads, augmentation: augmentation).batches)
    }
    if augmentation != nil {
      let other = try batches(augmentation: augmentation, epoch: 2).batches
      #expect(other.map(\.images) != one.map(\.images))
    }
  }

  @Test(arguments: [1, 3, 4, 5])
  func anEpochGoesOnInTheMiddle(firstBatch: Int) throws {
    let augmentation = TestAugmentation.mixing
    let all = try batches(augmentation: augmentation).batches
    let rest = try batches(augmentation: augmentation, firstBatch: firstBatch).batches
    expectEqual(Array(all.dropFirst(firstBatch)), rest)
  }

  /// A photo's augmentation does not depend on its place in the order.
  @Test func augmentationIsAPhotosOwn() throws {
    let fives = try batches(augmentation: TestAugmentation.random).batches
    let ones = try batches(augmentation: TestAugmentation.random, batch: 1).batches
    #expect(fives.flatMap(\.images.elements) == ones.flatMap(\.images.elements))
  }

  @Test func brokenPhotosAreLeftOut() throws {
    var damaged = dataset
    let order = dataset.order(epoch: 1, seed: 7)
    let text = try folder.write("text.png", "not a picture")
    damaged.samples[order[1]].photo = .file("/nowhere/a.png")
    for place in 5..<10 { damaged.samples[order[place]].photo = .file(text) }
    for threads in [1, 3] {
      let (found, broken) = try batches(of: damaged, threads: threads)
      #expect(found.map(\.number) == [0, 2, 3, 4])
      #expect(found.map(\.samples.count) == [4, 5, 5, 3])
      #expect(found[0].samples == [order[0], order[2], order[3], order[4]])
      #expect(found[0].images.shape == Shape(n: 4, h: 8, w: 8, c: 3))
      #expect(broken.map(\.sample) == [order[1]] + order[5..<10])
      #expect(broken[0].path == "/nowhere/a.png")
      #expect(broken[0].description == "/nowhere/a.png: No such file or directory")
      #expect(broken[1].reason == "\(text) is not a JPEG, PNG or WebP picture")
    }
  }

  @Test func anEpochWithoutPhotosIsAnError() throws {
    var damaged = dataset
    for index in damaged.samples.indices {
      damaged.samples[index].photo = .file("/nowhere/\(index).png")
    }
    let error = #expect(throws: DataError.self) { try batches(of: damaged) }
    #expect(
      error?.description.hasPrefix("none of 23 photos can be read; the first: /nowhere/") == true)
  }

  @Test func anEmptyDatasetHasNoBatches() throws {
    let empty = Dataset(classes: dataset.classes, samples: [])
    #expect(try batches(of: empty).batches.isEmpty)
  }

  @Test func anEpochCanBeLeftEarly() throws {
    let pool = ThreadPool(threads: 2)
    for _ in 0..<20 {
      let loader = BatchLoader(
        dataset, order: dataset.order(epoch: 0, seed: 1), batch: 3, input: pipeline(nil), epoch: 0,
        seed: 1, pool: pool, cache: nil)
      let batch = try loader.next()
      #expect(batch?.samples.count == 3)
    }
  }

  @Test func resolutionsScale() {
    let b0 = Preprocessing(
      resize: 256, crop: 224, interpolation: .bicubic, mean: [0, 0, 0], std: [1, 1, 1])
    for (resolution, resize) in [(224, 256), (128, 146), (160, 183), (448, 512), (1, 1)] {
      let scaled = InputPipeline(preprocessing: b0, resolution: resolution)
      #expect(scaled.resolution == resolution && scaled.preprocessing.resize == resize)
    }
  }

  /// A cache in memory, a cache in files and no cache give identical batches; only the side to
  /// which photos are shrunk changes them.
  @Test(arguments: [nil, TestAugmentation.random, TestAugmentation.mixing])
  func cachesDoNotMatter(augmentation: Augmentation?) throws {
    let plain = try batches(augmentation: augmentation, photoSide: 8).batches
    for place in [PhotoCache.Place.memory, .folder(folder.path + "-cache")] {
      let cache = try PhotoCache(limit: 1 << 20, place: place)
      for _ in 0..<2 {
        let cached = try batches(
          threads: 3, augmentation: augmentation, cache: cache, photoSide: 8
        ).batches
        expectEqual(cached, plain)
      }
      #expect(cache.statistics.hits == 23 && cache.statistics.misses == 23)
    }
    try? FileManager.default.removeItem(atPath: folder.path + "-cache")
    let whole = try batches(augmentation: augmentation).batches
    #expect((whole.map(\.images) == plain.map(\.images)) == (augmentation == nil))
  }
}
