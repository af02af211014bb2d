internal import EfficientNet
internal import EfficientNetCompute

/// An optimizer and its state.
///
/// Weight decay is added to the gradient, except with AdamW, which decouples it.
public final class Optimizer {
  /// The rule of the optimizer.
  public let rule: OptimizerRule
  private let decay: Double
  private let decayed: DecayedParameters
  /// The number of steps made.
  public internal(set) var steps = 0
  /// The number of steps that moved each parameter, used for Adam's bias correction. Layers that
  /// are trained later then begin as slowly as the others did.
  ///
  /// Source: PyTorch's `torch.optim.AdamW`, which keeps a step for each parameter.
  var parameterSteps: [Int]
  /// The factor of the learning rate for each parameter: below 1 for early layers with layer-wise
  /// decay.
  private let factors: [Double]
  /// The first moments, then the second ones, each in the layout of the network's parameters.
  let state: Arena
  private let count: Int

  /// Creates an optimizer for a network.
  ///
  /// - Parameters:
  ///   - rule: The rule and its numbers.
  ///   - network: The network whose parameters the optimizer moves.
  ///   - decay: The weight decay.
  ///   - decayed: The parameters with weight decay.
  ///   - layerDecay: The factor of the learning rate from each block to the one before it; 1 for
  ///     equal rates.
  public init(
    _ rule: OptimizerRule, for network: TrainingNetwork, decay: Double = 0,
    decayed: DecayedParameters = .weights, layerDecay: Double = 1
  ) {
    (self.rule, self.decay, self.decayed) = (rule, decay, decayed)
    parameterSteps = network.plan.parameters.map { _ in 0 }
    count = network.plan.memory.parameters.count
    state = Arena(count: rule.momentsCount * Arena.aligned(count))
    if case .rmsprop = rule {
      state.fill(Region(offset: Arena.aligned(count), count: count), with: 1)
    }
    factors = Self.factors(network, layerDecay: layerDecay)
  }

  /// `layerDecay` to the power of the number of blocks after each parameter's block.
  private static func factors(_ network: TrainingNetwork, layerDecay: Double) -> [Double] {
    let parts = network.plan.parameters.map(\.part)
    var (factor, factors) = (1.0, [Double]())
    for index in parts.indices.reversed() {
      if index + 1 < parts.count, parts[index] != parts[index + 1] { factor *= layerDecay }
      factors.append(factor)
    }
    return factors.reversed()
  }

  /// Moves the trained parameters and sets the gradients to zero.
  ///
  /// - Parameters:
  ///   - network: The network that the optimizer was created for.
  ///   - rate: The learning rate.
  ///   - scale: A factor of the gradients: 1 divided by the number of accumulated batches.
  ///   - clip: The largest norm of all gradients together; nil for no limit.
  /// - Returns: The norm of all gradients before clipping; nil if `clip` is nil.
  @discardableResult
  public func step(
    _ network: TrainingNetwork, rate: Double, scale: Double = 1, clip: Double? = nil
  ) -> Double? {
    steps += 1
    let machine = network.machine
    var scale = scale
    var norm: Double?
    if let clip {
      let length = scale * gradientNorm(network)
      if length > clip { scale *= clip / length }
      norm = length
    }
    let factor = Float(scale)
    // Pieces of the trained parameters for the threads.
    var pieces: [(parameter: Int, region: Region)] = []
    for (number, isTrained) in network.trainables.enumerated() where isTrained {
      parameterSteps[number] += 1
      pieces += machine.plan.parameters[number].region.pieces.map { (number, $0) }
    }
    let steps = parameterSteps.map(arithmetic)
    let base = machine.plan.memory.gradients.offset - machine.plan.memory.parameters.offset
    let (count, momentsCount, decay, decayed) = (count, rule.momentsCount, decay, decayed)
    machine.pool.forEach(count: pieces.count) { [factors, pieces, state] index in
      let (number, weights) = pieces[index]
      let parameter = machine.plan.parameters[number]
      let second = Region(offset: weights.offset + Arena.aligned(count), count: weights.count)
      machine.kernels.step(
        steps[number], weights: weights,
        gradients: Region(offset: weights.offset + base, count: weights.count), first: weights,
        second: momentsCount == 2 ? second : nil, state: state, scale: factor,
        rate: Float(rate * factors[number]),
        decay: decayed.contains(parameter.kind) ? Float(decay) : 0, memory: machine.memory)
    }
    network.isPacked = false
    return norm
  }

  /// The rule for a parameter's step with the given number, from 1.
  private func arithmetic(step: Int) -> OptimizerStep {
    switch rule {
    case .sgd(let momentum, let nesterov): .sgd(momentum: Float(momentum), nesterov: nesterov)
    case .rmsprop(let decay, let momentum, let epsilon):
      .rmsprop(keep: Float(decay), momentum: Float(momentum), epsilon: Float(epsilon))
    case .adamW(let beta1, let beta2, let epsilon):
      .adamW(beta1: Float(beta1), beta2: Float(beta2), epsilon: Float(epsilon), step: step)
    }
  }

  /// The norm of all gradients as one vector.
  private func gradientNorm(_ network: TrainingNetwork) -> Double {
    let machine = network.machine
    var total = 0.0
    for (number, isTrained) in network.trainables.enumerated() where isTrained {
      machine.memory.read(machine.plan.gradient(ofParameter: number)) { gradient in
        var sum = 0.0
        for index in gradient.indices { sum += Double(gradient[index]) * Double(gradient[index]) }
        total += sum
      }
    }
    return total.squareRoot()
  }
}

/// The parameters with weight decay.
public enum DecayedParameters: String, Hashable, Codable, Sendable, CaseIterable {
  /// Matrices and filters, as timm does by default.
  case weights
  /// Everything except batch norms, as in the official EfficientNet code; this includes the biases
  /// of squeeze-and-excitation and of the classifier.
  ///
  /// Source:
  /// [main.py](https://github.com/tensorflow/tpu/blob/master/models/official/efficientnet/main.py),
  /// the L2 loss of all variables without "batch_normalization" in their names.
  case weightsAndBiases
  /// Everything, as PyTorch's optimizers do without parameter groups.
  case all

  func contains(_ kind: TrainingParameter.Kind) -> Bool {
    kind == .weight || self == .all || self == .weightsAndBiases && kind == .bias
  }
}
