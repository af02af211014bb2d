import EfficientNet
import EfficientNetImages

/// Classifies many photos: they are decoded ahead on the pool's threads while the network runs, and come out in
/// order. A photo that cannot be read costs nobody else anything.
struct PhotoClassification {
  let classifier: Classifier
  let paths: [String]
  let batch: Int
  let top: Int
  let decoding: DecodingOptions

  /// What it took.
  struct Totals {
    var photos = 0
    var failures = 0
    /// Time in the network, and time to read and prepare photos on all threads together.
    var network = Duration.zero
    var preparation = Duration.zero
    var wall = Duration.zero
  }

  /// A photo as the network takes it.
  private struct Prepared: Sendable {
    let tensor: Result<Tensor, ImageError>
    let time: Duration
  }

  /// Calls `report` with each photo's result, in the order of the paths.
  ///
  /// - Throws: ``Interruption``, and what `report` throws.
  func run(_ report: (PhotoResult) throws -> Void) throws -> Totals {
    let clock = ContinuousClock()
    let start = clock.now
    var totals = Totals()
    let prepared = prefetcher()
    var session = classifier.engine.makeSession(
      pool: classifier.pool, maximumBatch: min(batch, max(paths.count, 1)))
    for first in stride(from: 0, to: paths.count, by: batch) {
      try Interruption.check()
      let photos = (first..<min(first + batch, paths.count)).compactMap { _ in prepared.next() }
      let tensors = photos.compactMap { try? $0.tensor.get() }
      var predictions: [[Prediction]] = []
      if !tensors.isEmpty {
        let begin = clock.now
        let logits = session.run(Tensor.batch(tensors))
        totals.network += clock.now - begin
        predictions = classifier.predictions(logits, top: top).reversed()
      }
      for (offset, photo) in photos.enumerated() {
        totals.photos += 1
        totals.preparation += photo.time
        let outcome: Result<[Prediction], any Error> =
          switch photo.tensor {
          case .success: .success(predictions.removeLast())
          case .failure(let error): .failure(error)
          }
        if case .failure = outcome { totals.failures += 1 }
        try report(
          PhotoResult(
            path: paths[first + offset], model: classifier.description.architecture.name,
            outcome: outcome))
      }
    }
    totals.wall = clock.now - start
    return totals
  }

  private func prefetcher() -> Prefetcher<Prepared> {
    let preprocessing = classifier.description.preprocessing
    let clock = ContinuousClock()
    return Prefetcher(
      count: paths.count, ahead: 2 * batch + 2 * classifier.pool.threads, pool: classifier.pool
    ) { [paths, decoding] index in
      let begin = clock.now
      let tensor: Result<Tensor, ImageError>
      do throws(ImageError) {
        let photo = try PixelBuffer(contentsOf: paths[index], options: decoding)
        tensor = .success(preprocessing.tensor(photo))
      } catch {
        tensor = .failure(error)
      }
      return Prepared(tensor: tensor, time: clock.now - begin)
    }
  }
}
