public import EfficientNet
internal import EfficientNetImages

/// Loads the batches of an epoch in order. The pool decodes and augments photos in advance while
/// the network works.
///
///     let loader = BatchLoader(
///       data.training, order: data.training.order(epoch: 3, seed: 1), batch: 32, input: pipeline,
///       epoch: 3, seed: 1, pool: pool, cache: nil)
///     while let batch = try loader.next() { … }
///
/// The batches depend only on the arguments, not on the number of threads, the cache or the first
/// batch. An unreadable photo is missing from its batch and listed in ``broken``; a batch with no
/// readable photo is skipped.
public final class BatchLoader {
  /// The number of batches in the whole epoch; the last one may be smaller.
  public let batches: Int
  /// The photos that could not be read so far, in order.
  public private(set) var broken: [BrokenPhoto] = []

  private let dataset: Dataset
  private let order: [Int]
  private let batch: Int
  private let input: InputPipeline
  private let epoch: Int
  private let seed: UInt64
  private let first: Int
  private var nextBatch: Int
  private var told = 0
  private var photos: Prefetcher<Result<Tensor, ImageError>>

  /// The memory limit for photos decoded ahead, besides one batch: 256 MB.
  private static let mostBytesAhead = 1 << 28
  private static let batchesAhead = 3

  /// Creates a loader for one epoch.
  ///
  /// - Parameters:
  ///   - dataset: The labelled photos.
  ///   - order: The indices of the photos to show, as from ``Dataset/order(epoch:seed:)``; indices
  ///     may repeat.
  ///   - batch: The number of photos in a batch.
  ///   - input: The preprocessing and augmentation.
  ///   - epoch: The epoch, which determines augmentation and mixing together with `seed`.
  ///   - seed: The seed of the run.
  ///   - pool: The threads that decode photos.
  ///   - cache: The decoded photos of earlier epochs; nil to decode each photo.
  ///   - firstBatch: The number of batches to skip, to resume in the middle of an epoch.
  /// - Precondition: `batch` is at least 1, `firstBatch` is at least 0 and at most the number of
  ///   batches, and `order` has indices of the dataset.
  public init(
    _ dataset: Dataset, order: [Int], batch: Int, input: InputPipeline, epoch: Int, seed: UInt64,
    pool: ThreadPool, cache: PhotoCache?, firstBatch: Int = 0
  ) {
    require(batch >= 1, "the batch is \(batch); it must be at least 1")
    batches = (order.count + batch - 1) / batch
    require(
      0...batches ~= firstBatch, "the first batch is \(firstBatch); it must be 0 to \(batches)")
    for sample in order {
      require(
        dataset.samples.indices.contains(sample),
        "an index in order is \(sample); it must be at least 0 and below \(dataset.samples.count)")
    }
    self.dataset = dataset
    self.order = order
    self.batch = batch
    self.input = input
    self.epoch = epoch
    self.seed = seed
    first = firstBatch
    nextBatch = firstBatch
    let start = min(firstBatch * batch, order.count)
    let bytes = 4 * 3 * input.resolution * input.resolution
    let ahead = max(
      batch + pool.threads, min(Self.batchesAhead * batch, Self.mostBytesAhead / bytes))
    photos = Prefetcher(count: order.count - start, ahead: ahead, pool: pool) {
      [samples = dataset.samples] index in
      let sample = order[start + index]
      let source = samples[sample].photo
      do throws(ImageError) {
        let photo =
          if let cache {
            try cache.photo(source, as: input.form)
          } else {
            input.form.applied(to: try source.decoded())
          }
        var generator = SeededGenerator(seed: seed, for: .augmentation, epoch, sample)
        return .success(input.tensor(prepared: photo, using: &generator))
      } catch {
        return .failure(error)
      }
    }
  }

  /// Reports the unreadable photos found since the last call.
  func tellBroken(_ note: (BrokenPhoto) throws -> Void) rethrows {
    for photo in broken[told...] { try note(photo) }
    told = broken.count
  }

  /// Returns the next batch, or nil after the last. The calling thread decodes photos while it
  /// waits.
  ///
  /// - Throws: ``DataError/allBroken(count:first:)`` at the end of an epoch in which no photo could
  ///   be read.
  public func next() throws(DataError) -> Batch? {
    while nextBatch < batches {
      let number = nextBatch
      nextBatch += 1
      let samples = order[(number * batch)..<min((number + 1) * batch, order.count)]
      guard var loaded = load(samples, number: number) else { continue }
      if let mixing = input.augmentation?.mixing {
        var generator = SeededGenerator(seed: seed, for: .mixing, epoch, number)
        mixing.mix(&loaded, classes: dataset.classes.count, using: &generator)
      }
      return loaded
    }
    if first == 0, let broken = broken.first, self.broken.count == order.count {
      throw .allBroken(count: order.count, first: broken.reason)
    }
    return nil
  }

  /// Loads the readable photos of `samples`; nil if there are none.
  private func load(_ samples: ArraySlice<Int>, number: Int) -> Batch? {
    let side = input.resolution
    let count = 3 * side * side
    var elements: [Float] = []
    elements.reserveCapacity(samples.count * count)
    var kept: [Int] = []
    for sample in samples {
      guard let photo = photos.next() else { preconditionFailure("fewer photos than indices") }
      switch photo {
      case .success(let tensor):
        elements += tensor.elements
        kept.append(sample)
      case .failure(let error):
        broken.append(
          BrokenPhoto(
            sample: sample, path: dataset.samples[sample].photo.path, reason: error.description))
      }
    }
    guard !kept.isEmpty else { return nil }
    return Batch(
      number: number,
      images: Tensor(shape: Shape(n: kept.count, h: side, w: side, c: 3), elements: elements),
      labels: kept.map { dataset.samples[$0].label }, samples: kept)
  }
}
