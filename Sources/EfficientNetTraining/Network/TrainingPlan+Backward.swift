internal import EfficientNet
internal import EfficientNetCompute

extension TrainingPlan.Builder {
  /// Plans the way back: who makes the gradient of each buffer, and where it lies.
  mutating func addBackward() {
    let time = plan.backwardTime(plan.layers.count - 1) - 1
    plan.logitsGradient = plan.addBuffer(.features(channels: plan.classes), at: time)
    plan.touch(plan.logits, at: time)
    gradients[plan.logits] = OutputGradient(
      reading: Reading(buffer: plan.logits), g: plan.logitsGradient)
    for index in plan.layers.indices.reversed() {
      let time = plan.backwardTime(index)
      switch plan.layers[index] {
      case .convolution(var layer):
        backward(&layer, at: time)
        plan.layers[index] = .convolution(layer)
      case .pool(let layer): backward(layer, at: time)
      case .store(var layer):
        backward(&layer, index, at: time)
        plan.layers[index] = .store(layer)
      case .dropout(var layer):
        backward(&layer, at: time)
        plan.layers[index] = .dropout(layer)
      }
    }
  }

  /// Lets the values of stages live until forward is done. Their gradients do, until the layer below has used them.
  mutating func keepStages() {
    for stage in plan.stages { plan.touch(stage.buffer, at: plan.layers.count - 1) }
  }

  /// The gradient of a buffer, which `time` reads.
  private mutating func take(_ buffer: Int, at time: Int) -> OutputGradient {
    guard let gradient = gradients[buffer] else {
      preconditionFailure("nothing makes the gradient of buffer \(buffer)")
    }
    plan.touch(gradient.reading, at: time)
    plan.touch(gradient.g, at: time)
    plan.touch(gradient.pooled, at: time)
    return gradient
  }

  /// Where the gradient of a stored value goes, and whether there is one already that it is added to. Nil for constants.
  private mutating func give(_ buffer: Int, at time: Int) -> (gradient: Int, accumulates: Bool)? {
    guard !constants.contains(buffer) else { return nil }
    if let g = gradients[buffer]?.g {
      plan.touch(g, at: time)
      return (g, true)
    }
    let g = plan.addBuffer(plan.buffers[buffer].form, at: time)
    gradients[buffer, default: OutputGradient(reading: Reading(buffer: buffer))].g = g
    return (g, false)
  }

  /// Notes that the gradient of a view's value is in `g`.
  private mutating func setGradient(
    _ reading: Reading, _ g: Int, sums: OutputGradient.Sums = .none
  ) {
    precondition(gradients[reading.buffer]?.g == nil, "a view has two gradients")
    gradients[reading.buffer] = OutputGradient(
      reading: reading, g: g, pooled: gradients[reading.buffer]?.pooled, sums: sums)
  }

  /// Where the gradient of a gate goes; nil for constants.
  private mutating func giveGate(_ reading: Reading, at time: Int) -> Int? {
    guard let gate = reading.gate, let (g, accumulates) = give(gate, at: time) else { return nil }
    precondition(!accumulates, "a gate has two gradients")
    return g
  }

  private mutating func backward(
    _ layer: inout TrainingLayer.ConvolutionLayer, at time: Int
  ) {
    let dy = take(layer.y, at: time)
    layer.dy = dy
    plan.touch(layer.x, at: time)
    if layer.isProjection, case .product(let product) = layer.arithmetic {
      let isStored = layer.norm == nil && dy.reading.isPlain && dy.pooled == nil
      let layout = MapLayout.nhwc(
        pixels: product.window.outputPixels, channels: product.columns, precision: precision)
      layer.storedGradient = (isStored ? dy.g : nil) ?? plan.addBuffer(.maps(layout), at: time)
    }
    if layer.x.isPlain {
      if let (dx, accumulates) = give(layer.x.buffer, at: time) {
        (layer.dx, layer.accumulates) = (dx, accumulates)
      }
    } else {
      let g = plan.addBuffer(plan.buffers[layer.x.buffer].form, at: time)
      if layer.x.norm != nil { layer.inputSums = isPooled(layer.x.buffer) ? .parts : .made }
      precondition(
        layer.isProjection || layer.inputSums == .made,
        "a depthwise convolution's input is pooled, too")
      setGradient(layer.x, g, sums: layer.inputSums)
      layer.dx = g
      layer.dgate = giveGate(layer.x, at: time)
    }
    switch layer.arithmetic {
    case .product(let product):
      let sharesSlabs =
        layer.isProjection
        ? MapLayout.slabCount(product.inputs) >= Self.manySlabs
        : plan.isFeatures(layer.y)
          || !product.gathers && isInSlabs(layer.y)
            && MapLayout.slabCount(product.columns) >= Self.manySlabs
      if !sharesSlabs { layer.parts = addParts(product.weightCount, at: time) }
      // Where threads share out the columns, the bias is added up with the weights.
      if layer.bias != nil, layer.isProjection || !sharesSlabs {
        layer.biasParts = addParts(product.columns, at: time)
      }
    case .depthwise(let depthwise):
      if layer.weight != nil { layer.parts = addParts(depthwise.filterCount, at: time) }
      if layer.bias != nil { layer.biasParts = addParts(depthwise.channels, at: time) }
    }
  }

  private mutating func backward(_ layer: TrainingLayer.PoolLayer, at time: Int) {
    let dmean = take(layer.mean, at: time)
    guard dmean.reading.isPlain, dmean.pooled == nil, let g = dmean.g else {
      preconditionFailure("the gradient of a mean is a stored one")
    }
    var gradient = gradients[layer.x.buffer] ?? OutputGradient(reading: layer.x)
    precondition(gradient.pooled == nil, "a value is pooled twice")
    gradient.pooled = g
    gradients[layer.x.buffer] = gradient
  }

  private mutating func backward(
    _ layer: inout TrainingLayer.StoreLayer, _ index: Int, at time: Int
  ) {
    let dy = take(layer.out, at: time)
    layer.dy = dy
    plan.touch(layer.x, at: time)
    var out: Int
    if let g = dy.g, dy.reading.isPlain, dy.pooled == nil {
      out = g
    } else {
      out = dy.g ?? plan.addBuffer(plan.buffers[layer.out].form, at: time)
      layer.storedGradient = out
    }
    // What made the stored value may read this gradient while others add to the residual's: then it needs its own memory,
    // unless it is stored once more before, as that of a projection is.
    if let residual = layer.residual, !constants.contains(residual) {
      if gradients[residual]?.g == nil, isProjection(layer.x.buffer, before: index) {
        gradients[residual, default: OutputGradient(reading: Reading(buffer: residual))].g = out
      } else if let (g, accumulates) = give(residual, at: time) {
        (layer.residualGradient, layer.accumulates) = (g, accumulates)
      }
    }
    layer.dgate = giveGate(layer.x, at: time)
    if !constants.contains(layer.x.buffer) {
      if layer.x.isPlain, gradients[layer.x.buffer]?.g != nil {
        preconditionFailure("a stored value is stored again")
      }
      setGradient(layer.x, out)
    }
    plan.touch(out, at: time)
  }

  private mutating func backward(_ layer: inout TrainingLayer.DropoutLayer, at time: Int) {
    let dy = take(layer.out, at: time)
    guard dy.reading.isPlain, dy.pooled == nil, let g = dy.g else {
      preconditionFailure("the gradient behind dropout is a stored one")
    }
    layer.dy = g
    plan.touch(layer.mask, at: time)
    if let (dx, accumulates) = give(layer.x, at: time) {
      precondition(!accumulates, "a value is read by dropout and others")
      layer.dx = dx
    }
  }

  /// Slabs from which on threads share out slabs, and not images, for the gradients of weights: then no image needs
  /// gradients of its own.
  private static var manySlabs: Int { 8 }

  private mutating func addParts(_ count: Int, at time: Int) -> Int {
    plan.addBuffer(.parts(count, parts: plan.images), at: time)
  }

  /// Whether a mean of the buffer's value is taken, so that its gradient has a second part.
  private func isPooled(_ buffer: Int) -> Bool {
    plan.layers.contains { layer in
      if case .pool(let pool) = layer { pool.x.buffer == buffer } else { false }
    }
  }

  private func isInSlabs(_ buffer: Int) -> Bool {
    guard case .maps(let layout) = plan.buffers[buffer].form else { return false }
    return layout.slab == MapLayout.slabChannels
  }

  private func isProjection(_ buffer: Int, before index: Int) -> Bool {
    producers[buffer] == index - 1 && plan.layers[index - 1].convolution?.isProjection == true
  }
}

extension TrainingPlan {
  /// Gives everything its place.
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
  /// Inputs or outputs of the layer's matrix, whichever are more.
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
  /// Gives the layer's weights their places.
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
