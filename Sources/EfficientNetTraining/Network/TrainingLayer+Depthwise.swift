internal import EfficientNet
internal import EfficientNetCompute

extension TrainingMachine {
  /// `y[p, q, c] = Σ_ij x[p·s + i − top, q·s + j − left, c] · w[i, j, c]`
  func forward(_ layer: TrainingLayer.DepthwiseLayer, _ batch: Batch) {
    forEachImage(batch) { [plan, kernels, memory, self] image, scratch in
      for slab in 0..<layer.depthwise.slabs {
        kernels.depthwiseForward(
          layer.depthwise, x: plan.view(layer.x, image: image), y: plan.map(layer.y, image: image),
          slab: slab, moments: moments(layer.norm, image: image, batch), scratch: scratch,
          memory: memory)
      }
    }
    finishNorm(layer.norm, pixels: layer.depthwise.window.outputPixels, batch)
  }

  /// `dw[i, j, c] += Σ_pq x[p·s + i − top, q·s + j − left, c] · dy[p, q, c]`, and dx; before the activation where the input
  /// is a view.
  func backward(_ layer: TrainingLayer.DepthwiseLayer, wantsInput: Bool, _ batch: Batch) {
    guard let dy = layer.dy else { preconditionFailure("\(layer.name) has no gradient") }
    finishNormBackward(layer.norm, dy, pixels: layer.depthwise.window.outputPixels, batch)
    let isFrozen = isFrozen(layer.norm, batch)
    func wanted(_ parameter: Int) -> Region? {
      batch.trainables[parameter] ? plan.gradient(ofParameter: parameter) : nil
    }
    let (dw, dbias) = (layer.weight.flatMap(wanted), layer.bias.flatMap(wanted))
    let input = wantsInput ? layer.dx : nil
    guard dw != nil || dbias != nil || input != nil else { return }
    forEachImage(batch) { [plan, kernels, memory] image, scratch in
      let own = dw.flatMap { _ in layer.parts.map { plan.part($0, image) } }
      let ownBias = dbias.flatMap { _ in layer.biasParts.map { plan.part($0, image) } }
      for region in [own, ownBias].compactMap(\.self) { memory.fill(region, with: 0) }
      for slab in 0..<layer.depthwise.slabs {
        kernels.depthwiseBackward(
          layer.depthwise, x: plan.view(layer.x, image: image),
          gradient: plan.gradient(dy, image: image, isFrozen: isFrozen), slab: slab, dw: own,
          dbias: ownBias, dx: input.map { plan.map($0, image: image) },
          sums: layer.x.norm.map { (plan.norms[$0], image) }, accumulates: layer.accumulates,
          scratch: scratch, memory: memory)
      }
    }
    if let dw, let parts = layer.parts { addParts(parts, to: dw, batch) }
    if let dbias, let parts = layer.biasParts { addParts(parts, to: dbias, batch) }
  }
}
