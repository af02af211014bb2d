internal import EfficientNet
internal import EfficientNetCompute

extension TrainingMachine {
  /// `mean[c] = (Σ_p x[p, c]) / pixels`. Its backward needs no pass: the reader of the gradient
  /// adds `dmean / pixels`.
  func forward(_ layer: TrainingLayer.PoolLayer, _ batch: Batch) {
    forEachImage(batch) { [plan, kernels, memory] image, _ in
      kernels.poolView(
        plan.view(layer.x, image: image), mean: plan.row(layer.mean, image: image), memory: memory)
    }
  }

  /// `out = x + residual`
  func forward(_ layer: TrainingLayer.StoreLayer, _ batch: Batch) {
    let images = plan.isFeatures(layer.out) ? 1 : batch.images
    pool.forEach(count: images) { [plan, kernels, memory] image in
      kernels.storeView(
        plan.view(layer.x, image: image),
        residual: layer.residual.map { plan.map($0, image: image).region },
        out: plan.map(layer.out, image: image), memory: memory)
    }
  }

  /// `dx = dout`, `dresidual = dout`, and the gradient of x's gate.
  func backward(_ layer: TrainingLayer.StoreLayer, _ batch: Batch) {
    guard let dy = layer.dy, let out = layer.storedGradient ?? dy.g else {
      preconditionFailure("a stored value has no gradient")
    }
    let images = plan.isFeatures(layer.out) ? 1 : batch.images
    pool.forEach(count: images) { [plan, kernels, memory] image in
      let map = plan.map(out, image: image)
      if layer.storedGradient != nil {
        kernels.storeGradient(
          plan.gradient(dy, image: image, isFrozen: false), out: map, memory: memory)
      }
      if let residual = layer.residualGradient {
        kernels.addProduct(
          map.region, to: plan.map(residual, image: image).region, count: map.layout.elementCount,
          precision: map.layout.precision, accumulates: layer.accumulates, memory: memory)
      }
      if let dgate = layer.dgate {
        var open = plan.view(layer.x, image: image)
        open.gate = nil
        kernels.gateGradient(
          open, g: map, dgate: plan.row(dgate, image: image), memory: memory)
      }
    }
  }

  /// `out = x · mask`
  func forward(_ layer: TrainingLayer.DropoutLayer, _ batch: Batch, number: Int) {
    let region = plan.memory.buffers[layer.mask]
    let precision = plan.buffers[layer.mask].precision
    let mask = batch.factors(
      number, count: region.count * precision.elementsPerWord, dropping: layer.rate)
    kernels.store(mask.span, as: precision, in: region, memory: memory)
    multiply(layer.x, by: layer.mask, into: layer.out)
  }

  /// `dx = dout · mask`
  func backward(_ layer: TrainingLayer.DropoutLayer) {
    guard let dy = layer.dy, let dx = layer.dx else { return }
    multiply(dy, by: layer.mask, into: dx)
  }

  private func multiply(_ x: Int, by factor: Int, into y: Int) {
    let regions = plan.memory.buffers
    let precision = plan.buffers[y].precision
    kernels.addProduct(
      regions[x], factor: regions[factor], to: regions[y],
      count: regions[y].count * precision.elementsPerWord, precision: precision,
      accumulates: false, memory: memory)
  }
}
