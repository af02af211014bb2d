internal import EfficientNet
internal import EfficientNetCompute

// Parameter gradients accumulate, activation gradients overwrite, unless a layer states otherwise.

extension TrainingMachine {
  /// `y = x · w + bias`, or for a depthwise convolution
  /// `y[p, q, c] = Σ_ij x[p·s + i − top, q·s + j − left, c] · w[i, j, c] + bias[c]`
  func forward(_ layer: TrainingLayer.ConvolutionLayer, _ batch: Batch) {
    if case .product(let product) = layer.arithmetic, plan.isFeatures(layer.y) {
      kernels.productForward(
        product.of(rows: batch.images), x: plan.view(layer.x, image: 0),
        y: plan.map(layer.y, image: 0), moments: nil, scratch: plan.memory.scratch[0],
        memory: memory)
      return
    }
    forEachImage(batch) { [plan, kernels, memory, self] image, scratch in
      let (x, y) = (plan.view(layer.x, image: image), plan.map(layer.y, image: image))
      let moments = moments(layer.norm, image: image, batch)
      switch layer.arithmetic {
      case .product(let product):
        kernels.productForward(
          product, x: x, y: y, moments: moments, scratch: scratch, memory: memory)
      case .depthwise(let depthwise):
        for slab in 0..<depthwise.slabs {
          kernels.depthwiseForward(
            depthwise, x: x, y: y, slab: slab, moments: moments, scratch: scratch, memory: memory)
        }
      }
    }
    finishNorm(of: layer, batch)
  }

  /// `dw += xᵀ · dy`, `dbias += Σ dy`, `dx = dy · wᵀ`, or the depthwise equivalents. If the input
  /// is a view, dx is the gradient before the activation.
  func backward(_ layer: TrainingLayer.ConvolutionLayer, wantsInput: Bool, _ batch: Batch) {
    guard let dy = layer.dy else { preconditionFailure("\(layer.name) has no gradient") }
    finishNormBackward(of: layer, dy, batch)
    func wanted(_ parameter: Int?) -> Region? {
      parameter.flatMap { batch.trainables[$0] ? plan.gradient(ofParameter: $0) : nil }
    }
    let (dw, dbias) = (wanted(layer.weight), wanted(layer.bias))
    let dx = wantsInput ? layer.dx : nil
    guard dw != nil || dbias != nil || dx != nil else { return }
    switch layer.arithmetic {
    case .depthwise(let depthwise):
      backward(layer, depthwise, dy, dw: dw, dbias: dbias, dx: dx, batch)
    case .product(let product) where plan.isFeatures(layer.y):
      kernels.productBackward(
        product.of(rows: batch.images), x: plan.view(layer.x, image: 0),
        gradient: plan.gradient(dy, image: 0, isFrozen: false), columns: 0..<product.columns,
        dw: dw, dbias: dbias, dx: dx.map { plan.map($0, image: 0) },
        accumulates: layer.accumulates, scratch: plan.memory.scratch[0], memory: memory)
    case .product(let product) where layer.isProjection:
      backwardProjection(layer, product, dy, dw: dw, dbias: dbias, batch)
    case .product(let product):
      backwardStored(layer, product, dy, dw: dw, dbias: dbias, dx: dx, batch)
    }
  }

  /// Computes the gradients of weights and bias of each image with `body`, and sums them in the
  /// order of the images.
  private func addImages(
    of layer: TrainingLayer.ConvolutionLayer, to dw: Region?, bias dbias: Region?, _ batch: Batch,
    _ body: @Sendable (_ image: Int, _ dw: Region?, _ dbias: Region?, _ scratch: Region) -> Void
  ) {
    forEachImage(batch) { [plan, memory] image, scratch in
      let own = dw.flatMap { _ in layer.parts.map { plan.part($0, image) } }
      let ownBias = dbias.flatMap { _ in layer.biasParts.map { plan.part($0, image) } }
      for region in [own, ownBias].compactMap(\.self) { memory.fill(region, with: 0) }
      body(image, own, ownBias, scratch)
    }
    if let dw, let parts = layer.parts { addParts(parts, to: dw, batch) }
    if let dbias, let parts = layer.biasParts { addParts(parts, to: dbias, batch) }
  }

  private func backward(
    _ layer: TrainingLayer.ConvolutionLayer, _ depthwise: TrainingDepthwise, _ dy: OutputGradient,
    dw: Region?, dbias: Region?, dx: Int?, _ batch: Batch
  ) {
    let isFrozen = isFrozen(layer.norm, batch)
    addImages(of: layer, to: dw, bias: dbias, batch) {
      [plan, kernels, memory] image, dw, dbias, scratch in
      for slab in 0..<depthwise.slabs {
        kernels.depthwiseBackward(
          depthwise, x: plan.view(layer.x, image: image),
          gradient: plan.gradient(dy, image: image, isFrozen: isFrozen), slab: slab, dw: dw,
          dbias: dbias, dx: dx.map { plan.map($0, image: image) },
          sums: layer.x.norm.map { (plan.norms[$0], image) }, accumulates: layer.accumulates,
          scratch: scratch, memory: memory)
      }
    }
  }

  /// Backward of a product whose input is stored.
  private func backwardStored(
    _ layer: TrainingLayer.ConvolutionLayer, _ product: TrainingProduct, _ dy: OutputGradient,
    dw: Region?, dbias: Region?, dx: Int?, _ batch: Batch
  ) {
    let isFrozen = isFrozen(layer.norm, batch)
    let columns = product.columns
    // If nothing else reads `dy.g`, the gradient of the output replaces it.
    let stored = dy.sums == .made && layer.parts == nil && dw != nil && dx != nil ? dy.g : nil
    @Sendable func backward(
      _ image: Int, columns: Range<Int>, dw: Region?, dbias: Region?, dx: Int?, scratch: Region
    ) {
      kernels.productBackward(
        product, x: plan.view(layer.x, image: image),
        gradient: plan.gradient(dy, image: image, isFrozen: isFrozen), columns: columns, dw: dw,
        dbias: dbias, dx: dx.map { plan.map($0, image: image) }, accumulates: layer.accumulates,
        dy: stored.map { plan.map($0, image: image) }, hasDy: stored != nil && dw == nil,
        scratch: scratch, memory: memory)
    }
    if layer.parts != nil {
      addImages(of: layer, to: dw, bias: dbias, batch) { image, dw, dbias, scratch in
        backward(image, columns: 0..<columns, dw: dw, dbias: dbias, dx: dx, scratch: scratch)
      }
      return
    }
    let slab = MapLayout.slabChannels
    if dw != nil || dbias != nil {
      // The bias gradient is summed together with the weights, column by column.
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
        backward(image, columns: 0..<columns, dw: nil, dbias: nil, dx: dx, scratch: scratch)
      }
    }
  }

  /// Backward of a 1×1 convolution whose input is a view: the gradient of its narrow output is
  /// stored first.
  private func backwardProjection(
    _ layer: TrainingLayer.ConvolutionLayer, _ product: TrainingProduct, _ dy: OutputGradient,
    dw: Region?, dbias: Region?, _ batch: Batch
  ) {
    guard let stored = layer.storedGradient, let dx = layer.dx else {
      preconditionFailure("\(layer.name) is not a projection")
    }
    let isFrozen = isFrozen(layer.norm, batch)
    let slabs = MapLayout.slabCount(product.inputs)
    if stored != dy.g {
      forEachImage(batch) { [plan, kernels, memory] image, _ in
        kernels.storeGradient(
          plan.gradient(dy, image: image, isFrozen: isFrozen), out: plan.map(stored, image: image),
          memory: memory)
      }
    }
    @Sendable func backward(_ image: Int, slab: Int, dw: Region?, scratch: Region) {
      kernels.projectionBackward(
        product, x: plan.view(layer.x, image: image), dy: plan.map(stored, image: image),
        slab: slab, dw: dw, g: plan.map(dx, image: image),
        dgate: layer.dgate.map { plan.row($0, image: image) },
        sums: layer.x.norm.map { (plan.norms[$0], image, layer.inputSums == .parts) },
        scratch: scratch, memory: memory)
    }
    if layer.parts != nil {
      addImages(of: layer, to: dw, bias: nil, batch) { image, dw, _, scratch in
        for slab in 0..<slabs { backward(image, slab: slab, dw: dw, scratch: scratch) }
      }
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
}

extension TrainingProduct {
  /// The product with the given number of rows, where images are pixels.
  fileprivate func of(rows: Int) -> TrainingProduct {
    var product = self
    (product.window.inputHeight, product.window.outputHeight) = (rows, rows)
    return product
  }
}
