internal import EfficientNet
internal import EfficientNetCompute

/// A network that shows the values of its feature maps.
struct MapObserver {
  private let engine: Engine
  private let preprocessing: Preprocessing
  private let pool: ThreadPool
  /// The origin of the weights, for messages.
  private let source: String

  init(_ model: Model, _ precision: Precision, pool: ThreadPool) throws {
    engine = try Engine(
      observing: model.description.architecture, weights: model.weights, precision: precision,
      quantization: model.description.quantization, pool: pool)
    (preprocessing, self.pool) = (model.description.preprocessing, pool)
    source = model.weights.source
  }

  func session() -> Session { engine.makeSession(pool: pool) }

  /// Returns the statistics of every map over up to `count` photos, and the number of photos.
  ///
  /// - Parameters:
  ///   - importance: ``EfficientNet/Model/channelImportance()``
  ///   - photo: Returns a photo by its index; nil to leave it out.
  /// - Throws: ``QuantizationError/notFinite(map:source:)``; the errors of `photo`.
  func statistics(
    of count: Int, importance: [String: [Double]], photo: (Int) throws -> PixelBuffer?
  ) throws -> (maps: [String: MapStatistics], photos: Int) {
    var session = session()
    var maps: [String: MapStatistics] = [:]
    var photos = 0
    for index in 0..<count {
      guard let photo = try photo(index) else { continue }
      photos += 1
      var failure: QuantizationError?
      _ = session.observe(preprocessing.tensor(photo)) { name, shape, elements in
        guard elements.allSatisfy(\.isFinite) else {
          failure = failure ?? .notFinite(map: name, source: source)
          return
        }
        maps[
          name, default: MapStatistics(channels: shape.c, importance: importance[name])
        ].add(elements)
      }
      if let failure { throw failure }
    }
    return (maps, photos)
  }
}
