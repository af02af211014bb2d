public import EfficientNet
internal import EfficientNetImages

/// Batches in order, decoded and augmented ahead on the pool while the network works.
///
///     let loader = BatchLoader(
///       data.training, order: data.training.order(epoch: 3, seed: 1), batch: 32, input: pipeline, epoch: 3,
///       seed: 1, pool: pool, cache: nil)
///     while let batch = try loader.next() { … }
///
/// Batches depend on the arguments only: not on the number of threads, on the cache, or on which batch was the first.
/// A photo that cannot be read is missing from its batch and listed in ``broken``; a batch without any photo left is
/// passed over.
public final class BatchLoader {
  /// Batches of the whole epoch, the last of which may be smaller.
  public let batches: Int
  /// Photos that could not be read so far, in order.
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

  /// The most memory that photos decoded ahead may take, but for a batch: 256 MB.
  private static let mostBytesAhead = 1 << 28
  private static let batchesAhead = 3

  /// The batches of an epoch.
  ///
  /// - Parameters:
  ///   - order: Indices of the photos to show, as by ``Dataset/order(epoch:seed:)``; one may be there twice.
  ///   - batch: Photos of a batch.
  ///   - epoch: What augmentation and mixing depend on, with `seed`.
  ///   - cache: Photos that were decoded before; nil to decode each.
  ///   - firstBatch: How many batches to pass over, to go on in the middle of an epoch.
  /// - Precondition: `batch` is at least 1, `firstBatch` is one of the epoch's batches or their number, and the order has
  ///   indices of the dataset.
  public init(
    _ dataset: Dataset, order: [Int], batch: Int, input: InputPipeline, epoch: Int, seed: UInt64,
    pool: ThreadPool, cache: PhotoCache?, firstBatch: Int = 0
  ) {
    precondition(batch >= 1, "batches of \(batch) photos")
    batches = (order.count + batch - 1) / batch
    precondition(0...batches ~= firstBatch, "batch \(firstBatch) of \(batches) is to be the first")
    for sample in order {
      precondition(
        dataset.samples.indices.contains(sample), "sample \(sample) of \(dataset.samples.count)")
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

  /// Tells of the photos that could not be read since it did so last.
  func tellBroken(_ note: (BrokenPhoto) throws -> Void) rethrows {
    for photo in broken[told...] { try note(photo) }
    told = broken.count
  }

  /// The next batch, or nil after the last. Helps to decode photos while it waits.
  ///
  /// - Throws: ``DataError/allBroken(count:first:)`` at the end of an epoch of which no photo could be read.
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

  /// The photos among `samples` that can be read; nil if none can.
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
