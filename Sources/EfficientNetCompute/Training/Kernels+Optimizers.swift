internal import CEfficientNetKernels

/// The arithmetic of an optimizer step, equal for all parameters of a region.
///
/// Source: [PyTorch](https://pytorch.org/docs/stable/optim.html) for SGD and AdamW,
/// [TensorFlow](https://www.tensorflow.org/api_docs/python/tf/compat/v1/train/RMSPropOptimizer) for
/// RMSProp, whose epsilon is inside the root.
package enum OptimizerStep: Hashable, Sendable {
  /// `m = momentum · m + g; w −= rate · m`, or `w −= rate · (g + momentum · m)` with Nesterov
  /// momentum. Weight decay is added to g.
  case sgd(momentum: Float, nesterov: Bool)
  /// `v = keep · v + (1 − keep) · g²; m = momentum · m + rate · g / √(v + epsilon); w −= m`. Weight
  /// decay is added to g.
  case rmsprop(keep: Float, momentum: Float, epsilon: Float)
  /// `w −= rate · decay · w`, then Adam with moments corrected for step `step`, counted from 1.
  case adamW(beta1: Float, beta2: Float, epsilon: Float, step: Int)
}

extension Kernels {
  /// Updates parameters by one step of an optimizer.
  ///
  /// - Parameters:
  ///   - weights: The parameters in `memory`; `gradients` has the same layout.
  ///   - first: The first moments in `state`.
  ///   - second: The second moments in `state`, if the optimizer has them.
  ///   - state: The arena of the moments.
  ///   - scale: The factor on the gradients: 1 / accumulated batches, times the factor of gradient
  ///     clipping.
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
      unsafe call(training.sgd, &arguments)
    case .rmsprop(let keep, let momentum, let epsilon):
      precondition(second != nil, "RMSProp needs second moments")
      unsafe arguments.momentum = momentum
      unsafe arguments.beta2 = keep
      unsafe arguments.epsilon = epsilon
      unsafe call(training.rmsprop, &arguments)
    case .adamW(let beta1, let beta2, let epsilon, let step):
      precondition(second != nil, "AdamW needs second moments")
      unsafe arguments.momentum = beta1
      unsafe arguments.beta2 = beta2
      unsafe arguments.epsilon = epsilon
      unsafe arguments.correction1 = 1 - power(beta1, step)
      unsafe arguments.root_correction2 = (1 - power(beta2, step)).squareRoot()
      unsafe call(training.adamw, &arguments)
    }
  }

  /// Updates a moving average: `average = kept · average + (1 − kept) · w`.
  package func moveAverage(
    _ average: Region, in averages: Arena, towards weights: Region, kept: Float, memory: Arena
  ) {
    requireWholeBlocks(weights.count)
    average.requireRoom(for: weights.count, "the average")
    var arguments = unsafe effnet_moving_average(
      average: averages.pointer(average), w: memory.pointer(weights), count: weights.count,
      kept: kept)
    unsafe call(training.moving_average, &arguments)
  }
}

/// Returns `base` to an integer power, computed in double precision.
private func power(_ base: Float, _ exponent: Int) -> Float {
  var (result, factor, left) = (1.0, Double(base), exponent)
  while left > 0 {
    if left & 1 == 1 { result *= factor }
    factor *= factor
    left >>= 1
  }
  return Float(result)
}
