internal import EfficientNet
internal import EfficientNetCompute

extension TrainingPlan.Builder {
  /// Plans the backward pass: the producer and the memory of each buffer's gradient.
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

  /// Keeps the values of stages until forward ends. Their gradients live until the layer below has
  /// read them.
  mutating func keepStages() {
    for stage in plan.stages { plan.touch(stage.buffer, at: plan.layers.count - 1) }
  }

  /// The gradient of a buffer, which is read at `time`.
  private mutating func take(_ buffer: Int, at time: Int) -> OutputGradient {
    guard let gradient = gradients[buffer] else {
      preconditionFailure("nothing makes the gradient of buffer \(buffer)")
    }
    plan.touch(gradient.reading, at: time)
    plan.touch(gradient.g, at: time)
    plan.touch(gradient.pooled, at: time)
    return gradient
  }

  /// The destination of a stored value's gradient, and whether to add to it; nil for constants.
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

  /// Records that `g` holds the gradient of a view's value.
  private mutating func setGradient(
    _ reading: Reading, _ g: Int, sums: OutputGradient.Sums = .none
  ) {
    precondition(gradients[reading.buffer]?.g == nil, "a view has two gradients")
    gradients[reading.buffer] = OutputGradient(
      reading: reading, g: g, pooled: gradients[reading.buffer]?.pooled, sums: sums)
  }

  /// The destination of a gate's gradient; nil for constants.
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
        "the input of a depthwise convolution is also pooled")
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
      // If threads share the columns, the bias gradient is summed together with the weights.
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
      preconditionFailure("the gradient of a mean must be stored")
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
    // The producer of the stored value may read this gradient while others add to the residual's.
    // So the residual's gradient needs its own memory, unless this one is stored once more, as that
    // of a projection is.
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
      preconditionFailure("the gradient after dropout must be stored")
    }
    layer.dy = g
    plan.touch(layer.mask, at: time)
    if let (dx, accumulates) = give(layer.x, at: time) {
      precondition(!accumulates, "a value is read by dropout and by another layer")
      layer.dx = dx
    }
  }

  /// The number of slabs from which threads share slabs instead of images for weight gradients, so
  /// that no image needs its own gradients.
  private static var manySlabs: Int { 8 }

  private mutating func addParts(_ count: Int, at time: Int) -> Int {
    plan.addBuffer(.parts(count, parts: plan.images), at: time)
  }

  /// Whether the mean of the buffer's value is read, so that its gradient has a second part.
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
