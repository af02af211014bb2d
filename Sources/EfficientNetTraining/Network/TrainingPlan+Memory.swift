internal import EfficientNet
internal import EfficientNetCompute

extension TrainingPlan {
  /// Assigns a place in memory to everything.
  mutating func place(threads: Int, kernels: Kernels) {
    memory.place(&parameters)
    memory.parameters = Region(offset: 0, count: memory.count)
    memory.gradients = memory.add(memory.count)
    let begin = memory.count
    memory.place(&statistics)
    memory.statistics = Region(offset: begin, count: memory.count - begin)
    let arithmetics = layers.compactMap(\.convolution?.arithmetic)
    memory.zeros = memory.add(arithmetics.map(\.widest).max() ?? 0)
    norms = normPlans.map { norm in
      let vectors = (0..<7).map { _ in memory.add(norm.channels) }
      return TrainingNorm(
        channels: norm.channels, epsilon: norm.epsilon, momentum: norm.momentum,
        gamma: parameters[norm.gamma].region, beta: parameters[norm.gamma + 1].region,
        runningMean: statistics[norm.mean].region,
        runningVariance: statistics[norm.mean + 1].region,
        dgamma: gradient(ofParameter: norm.gamma),
        dbeta: gradient(ofParameter: norm.gamma + 1), mean: vectors[0],
        inverse: vectors[1], scale: vectors[2], shift: vectors[3],
        coefficients: MapGradient.Coefficients(
          c1: vectors[4], c2: vectors[5], c3: vectors[6]),
        sums: memory.add(images * norm.channels), products: memory.add(images * norm.channels),
        slopeSums: memory.add(images * norm.channels),
        slopeProducts: memory.add(images * norm.channels))
    }
    for index in layers.indices {
      layers[index].place(parameters: parameters, memory: &memory)
    }
    let (places, count) = MemoryPlanner.place(buffers)
    let region = memory.add(count)
    memory.buffers = places.map {
      Region(offset: region.offset + $0.offset, count: $0.count)
    }
    let scratch = arithmetics.map { $0.scratchCount(kernels) }.max() ?? 0
    memory.scratch = (0..<threads).map { _ in memory.add(scratch) }
  }
}

extension TrainingLayer.Arithmetic {
  /// The larger of the numbers of inputs and outputs of the layer's matrix.
  fileprivate var widest: Int {
    switch self {
    case .product(let product): max(Kernels.channelStride(product.depth), product.columns)
    case .depthwise(let depthwise): depthwise.channels
    }
  }

  fileprivate func scratchCount(_ kernels: Kernels) -> Int {
    switch self {
    case .product(let product): product.scratchCount
    case .depthwise(let depthwise): depthwise.scratchCount(kernels)
    }
  }
}

extension TrainingLayer {
  /// Assigns places to the layer's weights.
  fileprivate mutating func place(
    parameters: [TrainingParameter], memory: inout TrainingPlan.MemoryMap
  ) {
    guard case .convolution(var layer) = self else { return }
    let bias = layer.bias.map { parameters[$0].region }
    switch layer.arithmetic {
    case .product(var product):
      product.weights = memory.add(product.packedCount)
      product.transposed = memory.add(product.transposedCount)
      (product.zeros, product.bias) = (memory.zeros, bias ?? memory.zeros)
      layer.arithmetic = .product(product)
    case .depthwise(var depthwise):
      depthwise.filters =
        layer.weight.map { parameters[$0].region } ?? memory.add(depthwise.filterCount)
      depthwise.bias = bias
      layer.arithmetic = .depthwise(depthwise)
    }
    self = .convolution(layer)
  }
}
