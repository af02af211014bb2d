import EfficientNet
import EfficientNetImages

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Classifies many photos: they are decoded ahead on the pool's threads while the network runs, and come out in
/// order. A photo that cannot be read costs nobody else anything.
struct PhotoClassification {
  let classifier: Classifier
  let photos: [FoundPhoto]
  /// Photos that go through the network at once; nil for as many as do not take much memory.
  let requestedBatch: Int?
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
  /// - Throws: ``Interruption``, ``BatchTooLarge``, and what `report` throws.
  func run(_ report: (PhotoResult) throws -> Void) throws -> Totals {
    let batch = try batchSize()
    let clock = ContinuousClock()
    let start = clock.now
    var totals = Totals()
    var prepared = prefetcher(batch: batch)
    var session = classifier.engine.makeSession(
      pool: classifier.pool, maximumBatch: min(batch, max(photos.count, 1)))
    for first in stride(from: 0, to: photos.count, by: batch) {
      try Interruption.check()
      let decoded = (first..<min(first + batch, photos.count)).compactMap { _ in prepared.next() }
      let tensors = decoded.compactMap { try? $0.tensor.get() }
      var predictions: [[Prediction]] = []
      if !tensors.isEmpty {
        let begin = clock.now
        let logits = session.run(Tensor.batch(tensors))
        totals.network += clock.now - begin
        predictions = classifier.predictions(logits, top: top).reversed()
      }
      for (offset, photo) in decoded.enumerated() {
        totals.photos += 1
        totals.preparation += photo.time
        let outcome: Result<[Prediction], any Error> =
          switch photo.tensor {
          case .success: Self.checked(predictions.removeLast())
          case .failure(let error): .failure(error)
          }
        if case .failure = outcome { totals.failures += 1 }
        try report(
          PhotoResult(
            path: photos[first + offset].path,
            model: classifier.description.architecture.name, outcome: outcome))
      }
    }
    totals.wall = clock.now - start
    return totals
  }

  /// Predictions, unless the network overflowed.
  private static func checked(_ predictions: [Prediction]) -> Result<[Prediction], any Error> {
    predictions.allSatisfy { $0.logit.isFinite && $0.probability.isFinite }
      ? .success(predictions) : .failure(NetworkOverflow())
  }

  /// The size of a batch: 8, or fewer if they would take more than half a gigabyte.
  private func batchSize() throws(BatchTooLarge) -> Int {
    let shape = classifier.engine.architecture.inputShape
    // Every thread computes an image, and each image of a batch may wait as a tensor three times.
    let lanes = classifier.pool.threads * classifier.engine.bytesPerImage
    let bytes = 3 * 4 * shape.count
    guard let requestedBatch else { return max(1, min(8, ((1 << 29) - lanes) / bytes)) }
    let memory = sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))
    let needed = lanes + min(requestedBatch, photos.count) * bytes
    guard needed <= memory else {
      throw BatchTooLarge(batch: requestedBatch, needed: needed, memory: memory)
    }
    return requestedBatch
  }

  private func prefetcher(batch: Int) -> Prefetcher<Prepared> {
    let preprocessing = classifier.description.preprocessing
    let clock = ContinuousClock()
    return Prefetcher(
      count: photos.count, ahead: 2 * batch + 2 * classifier.pool.threads, pool: classifier.pool
    ) { [photos, decoding] index in
      let begin = clock.now
      let tensor: Result<Tensor, ImageError>
      do throws(ImageError) {
        if let problem = photos[index].problem { throw problem }
        let photo = try PixelBuffer(contentsOf: photos[index].path, options: decoding)
        tensor = .success(preprocessing.tensor(photo))
      } catch {
        tensor = .failure(error)
      }
      return Prepared(tensor: tensor, time: clock.now - begin)
    }
  }
}

/// The network's outputs are not numbers.
struct NetworkOverflow: Error, CustomStringConvertible {
  let description = "the network's outputs are not finite numbers; are its weights damaged?"
}

/// More photos at once than the machine's memory holds.
struct BatchTooLarge: Error, CustomStringConvertible {
  let batch: Int
  let needed: Int
  let memory: Int

  var description: String {
    "--batch \(batch) needs \(needed >> 20) MB of memory, the machine has \(memory >> 20) MB; lower it"
  }
}
