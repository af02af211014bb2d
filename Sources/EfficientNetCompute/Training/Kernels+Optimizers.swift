internal import CEfficientNetKernels

/// The arithmetic of one step of an optimizer, the same for all parameters of a range.
///
/// Source: [PyTorch](https://pytorch.org/docs/stable/optim.html) for SGD and AdamW, and
/// [TensorFlow](https://www.tensorflow.org/api_docs/python/tf/compat/v1/train/RMSPropOptimizer) for RMSProp, whose epsilon is
/// inside the root.
package enum OptimizerStep: Hashable, Sendable {
  /// `m = momentum · m + g; w −= rate · m`, or with Nesterov's look ahead `rate · (g + momentum · m)`; decay is added to g.
  case sgd(momentum: Float, nesterov: Bool)
  /// `v = keep · v + (1 − keep) · g²; m = momentum · m + rate · g / √(v + epsilon); w −= m`; decay is added to g.
  case rmsprop(keep: Float, momentum: Float, epsilon: Float)
  /// `w −= rate · decay · w`, then Adam with the moments corrected for step `step`, from 1 on.
  case adamW(beta1: Float, beta2: Float, epsilon: Float, step: Int)
}

extension Kernels {
  /// Moves parameters by one step.
  ///
  /// - Parameters:
  ///   - weights: Of `memory`, as is `gradients`: they lie alike.
  ///   - state: The first moments from `range.lowerBound` on, the second ones behind `second`.
  ///   - scale: A factor of the gradients: one by the number of accumulated batches, or what clipping leaves.
  package func step(
    _ optimizer: OptimizerStep, weights: Region, gradients: Region, first: Region, second: Region?,
    state: Arena, scale: Float, rate: Float, decay: Float, memory: Arena
  ) {
    let count = weights.count
    requireWholeBlocks(count)
    for region in [gradients, first, second ?? first] {
      region.requireRoom(for: count, "the optimizer's state")
    }
    var arguments = unsafe effnet_optimizer_step(
      w: memory.pointer(weights), m: state.pointer(first), v: state.optionalPointer(second),
      g: memory.pointer(gradients), count: count, scale: scale, rate: rate, decay: decay,
      momentum: 0, beta2: 0, epsilon: 0, correction1: 1, root_correction2: 1, nesterov: false)
    switch optimizer {
    case .sgd(let momentum, let nesterov):
      unsafe arguments.momentum = momentum
      unsafe arguments.nesterov = nesterov
      unsafe training.sgd(&arguments)
    case .rmsprop(let keep, let momentum, let epsilon):
      precondition(second != nil, "RMSProp needs second moments")
      unsafe arguments.momentum = momentum
      unsafe arguments.beta2 = keep
      unsafe arguments.epsilon = epsilon
      unsafe training.rmsprop(&arguments)
    case .adamW(let beta1, let beta2, let epsilon, let step):
      precondition(second != nil, "AdamW needs second moments")
      unsafe arguments.momentum = beta1
      unsafe arguments.beta2 = beta2
      unsafe arguments.epsilon = epsilon
      unsafe arguments.correction1 = 1 - power(beta1, step)
      unsafe arguments.root_correction2 = (1 - power(beta2, step)).squareRoot()
      unsafe training.adamw(&arguments)
    }
  }

  /// `average = kept · average + (1 − kept) · w`
  package func moveAverage(
    _ average: Region, in averages: Arena, towards weights: Region, kept: Float, memory: Arena
  ) {
    requireWholeBlocks(weights.count)
    average.requireRoom(for: weights.count, "the average")
    var arguments = unsafe effnet_moving_average(
      average: averages.pointer(average), w: memory.pointer(weights), count: weights.count,
      kept: kept)
    unsafe training.moving_average(&arguments)
  }
}

/// `base` to a whole power, in double precision.
private func power(_ base: Float, _ exponent: Int) -> Float {
  var (result, factor, left) = (1.0, Double(base), exponent)
  while left > 0 {
    if left & 1 == 1 { result *= factor }
    factor *= factor
    left >>= 1
  }
  return Float(result)
}
