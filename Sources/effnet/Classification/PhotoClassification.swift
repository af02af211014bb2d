import EfficientNet
import EfficientNetCompute
import EfficientNetFeatures
import EfficientNetImages

/// Classifies many photos, in batches that are decoded ahead.
struct PhotoClassification {
  let classifier: Classifier
  let photos: [FoundPhoto]
  /// Photos that go through the network at once; nil for as many as do not take much memory.
  let requestedBatch: Int?
  let top: Int
  let decoding: DecodingOptions

  /// Calls `report` with each photo's result, in the order of the paths.
  ///
  /// - Throws: ``Interruption``, ``BatchTooLarge``, and what `report` throws.
  func run(_ report: (PhotoResult) throws -> Void) throws -> PhotoTotals {
    let batches = PhotoBatches(
      for: classifier.engine, preprocessing: classifier.description.preprocessing,
      pool: classifier.pool,
      size: try BatchTooLarge.checked(
        requestedBatch.map { min($0, max(photos.count, 1)) }, for: classifier.engine,
        pool: classifier.pool))
    var session = classifier.engine.makeSession(pool: classifier.pool, maximumBatch: batches.size)
    return try batches.forEach(
      count: photos.count,
      decoded: { [photos, decoding] index in
        try photos[index].decoded(decoding)
      },
      compute: { images in
        classifier.predictions(session.run(images), top: top).map {
          $0.mapError { $0 as any Error }
        }
      },
      report: { index, outcome in
        try Interruption.check()
        try report(
          PhotoResult(
            path: photos[index].path, model: classifier.description.architecture.name,
            outcome: outcome))
      })
  }
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

extension BatchTooLarge {
  /// A number of photos, if the machine has memory for them.
  ///
  /// - Throws: ``BatchTooLarge``.
  static func checked(
    _ batch: Int?, for engine: Engine, pool: ThreadPool
  ) throws(BatchTooLarge) -> Int? {
    guard let batch else { return nil }
    // Every thread computes an image.
    let needed =
      pool.threads * engine.bytesPerImage + batch * PhotoBatches.bytesPerPhoto(engine)
    guard needed <= PhysicalMemory.bytes else {
      throw BatchTooLarge(batch: batch, needed: needed, memory: PhysicalMemory.bytes)
    }
    return batch
  }
}
