internal import EfficientNet
internal import EfficientNetCompute

// Parameter gradients are added to, activation gradients overwritten, unless a layer says that it accumulates.

extension TrainingMachine {
  /// `y = x · w + bias`
  func forward(_ layer: TrainingLayer.ProductLayer, _ batch: Batch) {
    if layer.isFeatures {
      kernels.productForward(
        layer.product(rows: batch.images), x: plan.view(layer.x, image: 0),
        y: plan.map(layer.y, image: 0), moments: nil, scratch: plan.memory.scratch[0],
        memory: memory)
      return
    }
    forEachImage(batch) { [plan, kernels, memory, self] image, scratch in
      kernels.productForward(
        layer.product, x: plan.view(layer.x, image: image), y: plan.map(layer.y, image: image),
        moments: moments(layer.norm, image: image, batch), scratch: scratch, memory: memory)
    }
    finishNorm(layer.norm, pixels: layer.product.window.outputPixels, batch)
  }

  /// `dw += xᵀ · dy`, `dbias += Σ dy`, `dx = dy · wᵀ`
  func backward(_ layer: TrainingLayer.ProductLayer, wantsInput: Bool, _ batch: Batch) {
    guard let dy = layer.dy else { preconditionFailure("\(layer.name) has no gradient") }
    finishNormBackward(layer.norm, dy, pixels: layer.product.window.outputPixels, batch)
    let dw = batch.trainables[layer.weight] ? plan.gradient(ofParameter: layer.weight) : nil
    let dbias = layer.bias.flatMap {
      batch.trainables[$0] ? plan.gradient(ofParameter: $0) : nil
    }
    if layer.isFeatures {
      let dx = wantsInput ? layer.dx.map { plan.map($0, image: 0) } : nil
      guard dw != nil || dbias != nil || dx != nil else { return }
      kernels.productBackward(
        layer.product(rows: batch.images), x: plan.view(layer.x, image: 0),
        gradient: plan.gradient(dy, image: 0, isFrozen: false),
        columns: 0..<layer.product.columns, dw: dw, dbias: dbias, dx: dx,
        accumulates: layer.accumulates, scratch: plan.memory.scratch[0], memory: memory)
    } else if layer.isProjection {
      backwardProjection(layer, dy, dw: dw, dbias: dbias, batch)
    } else {
      backwardStored(layer, dy, dw: dw, dbias: dbias, wantsInput: wantsInput, batch)
    }
  }

  /// Backward of a product whose input is stored.
  private func backwardStored(
    _ layer: TrainingLayer.ProductLayer, _ dy: OutputGradient, dw: Region?, dbias: Region?,
    wantsInput: Bool, _ batch: Batch
  ) {
    let isFrozen = isFrozen(layer.norm, batch)
    let columns = layer.product.columns
    let dx = wantsInput ? layer.dx : nil
    // A gradient that nobody else reads makes room for that of the output.
    let stored = dy.sums == .made && layer.parts == nil && dw != nil && dx != nil ? dy.g : nil
    @Sendable func backward(
      _ image: Int, columns: Range<Int>, dw: Region?, dbias: Region?, dx: Int?, scratch: Region
    ) {
      kernels.productBackward(
        layer.product, x: plan.view(layer.x, image: image),
        gradient: plan.gradient(dy, image: image, isFrozen: isFrozen), columns: columns, dw: dw,
        dbias: dbias, dx: dx.map { plan.map($0, image: image) }, accumulates: layer.accumulates,
        dy: stored.map { plan.map($0, image: image) }, hasDy: stored != nil && dw == nil,
        scratch: scratch, memory: memory)
    }
    guard let parts = layer.parts else {
      let slab = MapLayout.slabChannels
      if dw != nil || dbias != nil {
        // The bias is added up with the weights, column by column.
        pool.forEach(count: MapLayout.slabCount(columns)) { [plan] index, thread in
          for image in 0..<batch.images {
            backward(
              image, columns: index * slab..<min((index + 1) * slab, columns), dw: dw,
              dbias: dbias, dx: nil, scratch: plan.memory.scratch[thread])
          }
        }
      }
      if dx != nil {
        forEachImage(batch) { image, scratch in
          backward(
            image, columns: 0..<columns, dw: nil, dbias: nil, dx: dx, scratch: scratch)
        }
      }
      return
    }
    guard dw != nil || dbias != nil || dx != nil else { return }
    forEachImage(batch) { [plan, memory] image, scratch in
      let own = dw.map { _ in plan.part(parts, image) }
      let ownBias = dbias.flatMap { _ in layer.biasParts.map { plan.part($0, image) } }
      for region in [own, ownBias].compactMap(\.self) { memory.fill(region, with: 0) }
      backward(image, columns: 0..<columns, dw: own, dbias: ownBias, dx: dx, scratch: scratch)
    }
    if let dw { addParts(parts, to: dw, batch) }
    if let dbias, let parts = layer.biasParts { addParts(parts, to: dbias, batch) }
  }

  /// Backward of a 1×1 convolution whose input is a view: the gradient of its output, which is narrow, is stored first.
  private func backwardProjection(
    _ layer: TrainingLayer.ProductLayer, _ dy: OutputGradient, dw: Region?, dbias: Region?,
    _ batch: Batch
  ) {
    guard let stored = layer.storedGradient, let dx = layer.dx else {
      preconditionFailure("\(layer.name) is no projection")
    }
    let isFrozen = isFrozen(layer.norm, batch)
    let slabs = MapLayout.slabCount(layer.product.inputs)
    if stored != dy.g {
      forEachImage(batch) { [plan, kernels, memory] image, _ in
        kernels.storeGradient(
          plan.gradient(dy, image: image, isFrozen: isFrozen), out: plan.map(stored, image: image),
          memory: memory)
      }
    }
    @Sendable func backward(_ image: Int, slab: Int, dw: Region?, scratch: Region) {
      kernels.projectionBackward(
        layer.product, x: plan.view(layer.x, image: image), dy: plan.map(stored, image: image),
        slab: slab, dw: dw, g: plan.map(dx, image: image),
        dgate: layer.dgate.map { plan.row($0, image: image) },
        sums: layer.x.norm.map { (plan.norms[$0], image, layer.inputSums == .parts) },
        scratch: scratch, memory: memory)
    }
    if let parts = layer.parts {
      forEachImage(batch) { [plan, memory] image, scratch in
        let own = dw.map { _ in plan.part(parts, image) }
        if let own { memory.fill(own, with: 0) }
        for slab in 0..<slabs { backward(image, slab: slab, dw: own, scratch: scratch) }
      }
      if let dw { addParts(parts, to: dw, batch) }
    } else {
      pool.forEach(count: slabs) { [plan] slab, thread in
        for image in 0..<batch.images {
          backward(image, slab: slab, dw: dw, scratch: plan.memory.scratch[thread])
        }
      }
    }
    if let dbias, let parts = layer.biasParts {
      addBias(of: stored, to: dbias, parts: parts, batch)
    }
  }

  /// `dbias[n] += Σ dy[m, n]` for a stored gradient.
  private func addBias(of dy: Int, to dbias: Region, parts: Int, _ batch: Batch) {
    forEachImage(batch) { [plan, kernels, memory] image, scratch in
      let map = plan.map(dy, image: image)
      kernels.reduceGradient(
        MapGradient(view: MapView(y: map), g: map), mean: plan.memory.zeros,
        sum: plan.part(parts, image), product: scratch, memory: memory)
    }
    addParts(parts, to: dbias, batch)
  }

  func pack(_ layer: TrainingLayer.ProductLayer, isTransposed: Bool) {
    kernels.pack(
      plan.parameters[layer.weight].region, of: layer.product, isTransposed: isTransposed,
      memory: memory)
  }
}

extension TrainingLayer.ProductLayer {
  /// The product of so many rows, where images are pixels.
  fileprivate func product(rows: Int) -> TrainingProduct {
    var product = product
    (product.window.inputHeight, product.window.outputHeight) = (rows, rows)
    return product
  }
}
