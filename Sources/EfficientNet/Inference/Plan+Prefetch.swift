internal import EfficientNetCompute

extension Plan {
  /// Sets the weights that each step prefetches for the next steps. Steps that compute long enough
  /// have time to prefetch: a depthwise convolution for the gate's layers and the projection after
  /// it, a projection for the next block.
  mutating func lookAhead() {
    for index in steps.indices {
      var places: [Region] = []
      var room = Self.prefetchedCount
      for next in steps.dropFirst(index + 1) {
        for place in next.kernel.firstWeights where room > 0 {
          let count = min(place.count, room)
          places.append(place.part(0, of: count))
          room -= count
        }
        if next.kernel.takesLong { break }
      }
      steps[index].upcoming = Prefetch(places)
    }
  }

  /// The maximum number of prefetched words: as many as fit in a second-level cache together with
  /// the step's own data.
  private static let prefetchedCount = 1 << 16
}

extension Plan.Kernel {
  /// Whether the kernel computes long enough to prefetch for later steps.
  fileprivate var takesLong: Bool {
    switch self {
    case .product, .convolution, .separable, .pooledProduct: true
    case .averagePool, .squeeze, .excite: false
    }
  }

  fileprivate var firstWeights: [Region] {
    switch self {
    case .excite(let layer, .weights(let projection)): return [layer.weights, projection.weights]
    case .separable(let layer):
      guard case .expansion(let product) = layer.source else { return [layer.filters] }
      return [
        product.weights.part(
          0, of: min(product.columns, MapLayout.slabChannels) * product.depthWords),
        layer.filters.part(0, of: layer.window.filterCount(channels: 1)),
      ]
    case .product, .convolution, .averagePool, .squeeze, .excite, .pooledProduct:
      return [product?.weights, depthwise?.filters].compactMap(\.self)
    }
  }
}
