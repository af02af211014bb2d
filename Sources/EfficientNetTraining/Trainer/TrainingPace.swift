package import EfficientNet
internal import EfficientNetCompute

/// The speed of training on photos, measured in a few steps.
package struct TrainingPace: Sendable {
  /// The seconds of training on an image. Without a cache, they include decoding its photo.
  private let image: Double
  /// The seconds of decoding a photo for the cache; 0 without one.
  private let decoding: Double

  /// The forward operations of a measured step: a tenth of a second or a few on one thread.
  private static let operationsOfStep = 4e9

  /// Measures a training with random weights.
  ///
  /// - Parameters:
  ///   - jobs: The number of trainings at the same time.
  ///   - threads: The number of threads of each training.
  ///   - room: The most bytes of each training.
  ///   - isInterrupted: Returns whether to stop. It is called on any thread.
  /// - Returns: nil if it was interrupted, or if the loss diverges in the first steps.
  /// - Throws: ``TrainingError/memory(bytes:batch:room:)``, and the errors of training.
  package init?(
    _ configuration: RunConfiguration, _ data: DataSplit, jobs: Int = 1, threads: Int,
    cache: PhotoCache?, room: Int, isInterrupted: @escaping @Sendable () -> Bool
  ) throws {
    var configuration = configuration
    let network = configuration.recipe.network(configuration.model.architecture)
    configuration.recipe.accumulation = 1
    // A few images of a large network take long enough to measure.
    let enough = Int(Self.operationsOfStep / network.workPerImage)
    configuration.recipe.batch = min(configuration.recipe.batch, max(2, enough))
    let batch = configuration.recipe.batch
    let bytes = try TrainingNetwork.byteCount(
      of: network, batch: configuration.recipe.largestBatch(of: data.training),
      copies: configuration.recipe.copiesOfParameters,
      precision: configuration.precision ?? .float32, threads: threads)
    guard bytes <= room else { throw TrainingError.memory(bytes: bytes, batch: batch, room: room) }
    var photos = data
    photos.training.samples = data.training.order(epoch: 0, seed: configuration.seed)
      .prefix(2 * batch).map { data.training.samples[$0] }
    let count = photos.training.samples.count
    // The first steps decode the photos, the later ones find them in the cache.
    let cold = max(1, count / batch)
    let measured = Locked<[Result<[Double], any Error>]>([])
    let pool = ThreadPool(threads: jobs)
    pool.forEach(count: jobs) { [configuration, photos] _ in
      let seconds = Result {
        try Self.steps(
          configuration, photos, threads: threads, cache: cache, cold: cold, isInterrupted)
      }
      measured.withLock { $0.append(seconds) }
    }
    let all = try measured.withLock { $0 }.map { try $0.get() }
    guard !isInterrupted(), all.allSatisfy({ $0.count > cold }) else { return nil }
    let images = Double(min(batch, count))
    let warm = all.flatMap { $0.dropFirst(cold) }.sorted()
    image = warm[warm.count / 2] / images
    let first = all.flatMap { $0.prefix(cold) }
    let mean = first.reduce(0, +) / Double(first.count) / images
    decoding = cache == nil ? 0 : max(0, mean - image)
  }

  /// The seconds of training and validation, one training at a time.
  ///
  /// - Parameters:
  ///   - epochs: The number of epochs.
  ///   - data: The photos.
  ///   - jobs: The number of trainings that decode the photos together.
  package func seconds(epochs: Double, of data: DataSplit, decodingAtOnce jobs: Int = 1) -> Double {
    let (training, validation) = (
      Double(data.training.samples.count), Double(data.validation.samples.count)
    )
    // Validation only runs forward, a third of the operations.
    return epochs * (training + validation / 3) * image
      + decoding * (training + validation) / Double(jobs)
  }

  /// The seconds of training steps: those on new photos, then at least one more in about a second.
  private static func steps(
    _ configuration: RunConfiguration, _ photos: DataSplit, threads: Int, cache: PhotoCache?,
    cold: Int, _ isInterrupted: () -> Bool
  ) throws -> [Double] {
    let model = try Model(
      untrained: configuration.model, classes: photos.training.classes, seed: configuration.seed)
    let finder = try RateFinder(
      configuration, model: model, data: photos, pool: ThreadPool(threads: threads))
    finder.cache = cache
    let clock = ContinuousClock()
    let begin = clock.now
    var (last, seconds) = (begin, [Double]())
    _ = try finder.run(
      isInterrupted: {
        let isEnough = seconds.count > cold && clock.now - begin > .seconds(1)
        return isEnough || seconds.count >= cold + 8 || isInterrupted()
      },
      show: { _ in
        let now = clock.now
        seconds.append((now - last) / .seconds(1))
        last = now
      })
    return seconds
  }
}

extension Architecture {
  /// The operations of an image plus a constant cost per image.
  package var workPerImage: Double { Double(NetworkCost(self).macs) + 1e6 }
}
