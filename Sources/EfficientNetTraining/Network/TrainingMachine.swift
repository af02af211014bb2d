internal import EfficientNet
internal import EfficientNetCompute

/// The state of the forward and backward passes: plan, memory, kernels and threads.
///
/// Threads share the images of a batch, or the slabs of a layer's channels. Sums run in the order
/// of the images, so the result does not depend on the number of threads.
struct TrainingMachine: Sendable {
  let plan: TrainingPlan
  let memory: Arena
  let kernels: Kernels
  let pool: ThreadPool

  struct Batch: Sendable {
    /// The number of images, at most the plan's.
    var images: Int
    /// The seed of stochastic depth and dropout; nil turns both off.
    var seed: UInt64?
    /// For each norm, whether it uses the running statistics.
    var frozenNorms: [Bool]
    /// The largest share of the running statistics that norms keep; each norm keeps its momentum
    /// if that is less.
    var momentumLimit = 1.0
    /// For each parameter, whether its gradient is needed.
    var trainables: [Bool]
    /// The first layer with a trained parameter, where backward ends.
    var firstLayer: Int

    /// Random factors: 0 for the dropped share, and a scale for the rest that keeps the mean; all 1
    /// without a seed.
    ///
    /// - Parameter stream: A number that is unique within the step.
    func factors(_ stream: Int, count: Int, dropping rate: Double) -> [Float] {
      guard let seed else { return [Float](repeating: 1, count: count) }
      let stream = UInt64(bitPattern: Int64(stream)) &* 0xD1B5_4A32_D192_ED03
      var generator = SeededGenerator(seed: seed &+ stream)
      let kept = Float(1 / (1 - rate))
      return (0..<count).map { _ in
        Double.random(in: 0..<1, using: &generator) >= rate ? kept : 0
      }
    }
  }

  func forEachImage(
    _ batch: Batch, _ body: @Sendable (_ image: Int, _ scratch: Region) -> Void
  ) {
    pool.forEach(count: batch.images) { [plan] image, thread in
      body(image, plan.memory.scratch[thread])
    }
  }

  /// The moments of one image for a norm; nil if it is frozen.
  func moments(_ norm: Int?, image: Int, _ batch: Batch) -> (sum: Region, square: Region)? {
    guard let norm, !batch.frozenNorms[norm] else { return nil }
    let sums = plan.norms[norm].sums(image: image)
    return (sums.sum, sums.product)
  }

  func finishNorm(of layer: TrainingLayer.ConvolutionLayer, _ batch: Batch) {
    guard let number = layer.norm else { return }
    var norm = plan.norms[number]
    norm.momentum = min(norm.momentum, batch.momentumLimit)
    kernels.normForward(
      norm, images: batch.images, pixels: plan.map(layer.y, image: 0).layout.pixels,
      isFrozen: batch.frozenNorms[number], memory: memory)
  }

  /// Backward of a norm: the gradients of its parameters, and the sums that the layer before it
  /// needs.
  func finishNormBackward(
    of layer: TrainingLayer.ConvolutionLayer, _ dy: OutputGradient, _ batch: Batch
  ) {
    guard let norm = layer.norm else { return }
    let isFrozen = batch.frozenNorms[norm]
    // Gamma and beta are trained together.
    let isTrained = batch.trainables[plan.normPlans[norm].gamma]
    guard !isFrozen || isTrained else { return }
    if dy.sums != .made {
      forEachImage(batch) { [plan, kernels, memory] image, _ in
        let gradient = plan.gradient(dy, image: image, isFrozen: isFrozen)
        if dy.sums == .parts {
          kernels.joinSums(gradient, of: plan.norms[norm], image: image, memory: memory)
        } else {
          let (sum, product) = plan.norms[norm].sums(image: image)
          kernels.reduceGradient(
            gradient, mean: plan.norms[norm].mean, sum: sum, product: product, memory: memory)
        }
      }
    }
    kernels.normBackward(
      plan.norms[norm], images: batch.images, pixels: plan.map(layer.y, image: 0).layout.pixels,
      isFrozen: isFrozen, isTrained: isTrained, memory: memory)
  }

  func isFrozen(_ norm: Int?, _ batch: Batch) -> Bool {
    norm.map { batch.frozenNorms[$0] } ?? false
  }

  /// Adds the images' gradients of a parameter to its gradient, in order.
  func addParts(_ parts: Int, to gradient: Region, _ batch: Batch) {
    let chunk = 1 << 13
    pool.forEach(count: (gradient.count + chunk - 1) / chunk) { [plan, kernels, memory] index in
      let begin = index * chunk
      let count = min(chunk, gradient.count - begin)
      for image in 0..<batch.images {
        kernels.addProduct(
          Region(offset: plan.part(parts, image).offset + begin, count: count),
          to: Region(offset: gradient.offset + begin, count: count), count: count,
          accumulates: true, memory: memory)
      }
    }
  }

  /// Fills the features of stochastic depth with 0 for dropped images, and with a scale that keeps
  /// the mean for the others.
  func drawKeeps(_ batch: Batch) {
    for (number, keep) in plan.keeps.enumerated() {
      let factors = batch.factors(-1 - number, count: batch.images, dropping: keep.rate)
      for (image, factor) in factors.enumerated() {
        memory.fill(plan.row(keep.buffer, image: image), with: factor)
      }
    }
  }
}
