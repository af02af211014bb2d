internal import EfficientNet
internal import EfficientNetCompute

/// An optimizer and its state.
///
/// Weight decay is added to the gradient, except AdamW's.
public final class Optimizer {
  /// The rule.
  public let rule: OptimizerRule
  private let decay: Double
  private let decayed: DecayedParameters
  /// Steps that were made.
  public internal(set) var steps = 0
  /// Steps that moved each parameter: what Adam's bias correction counts, so that layers that are
  /// trained later begin as slowly as the others did.
  ///
  /// Source: PyTorch's `torch.optim.AdamW`, whose state has a step for each parameter.
  var parameterSteps: [Int]
  /// The learning rate's factor of each parameter: below 1 for early layers with layer-wise decay.
  private let factors: [Double]
  /// First moments, then second ones, each like the network's parameters.
  let state: Arena
  private let count: Int

  /// An optimizer for a network.
  ///
  /// - Parameters:
  ///   - decay: Weight decay.
  ///   - decayed: The parameters that it counts for.
  ///   - layerDecay: The factor of the learning rate from one block to the one in front of it; 1 for the same rate.
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

  /// `layerDecay` to the power of the blocks behind each parameter's.
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
  ///   - rate: The learning rate.
  ///   - scale: A factor of the gradients: one by the number of accumulated batches.
  ///   - clip: The largest norm that all gradients together may have; nil for any.
  /// - Returns: The norm of all gradients, before clipping; nil if nothing is clipped.
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
    // Pieces of the trained parameters, which threads share out.
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

  /// The rule for a parameter's step of the given number, from 1 on.
  private func arithmetic(step: Int) -> OptimizerStep {
    switch rule {
    case .sgd(let momentum, let nesterov): .sgd(momentum: Float(momentum), nesterov: nesterov)
    case .rmsprop(let decay, let momentum, let epsilon):
      .rmsprop(keep: Float(decay), momentum: Float(momentum), epsilon: Float(epsilon))
    case .adamW(let beta1, let beta2, let epsilon):
      .adamW(beta1: Float(beta1), beta2: Float(beta2), epsilon: Float(epsilon), step: step)
    }
  }

  /// The length of all gradients as one vector.
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

/// Which parameters weight decay counts for.
public enum DecayedParameters: String, Hashable, Codable, Sendable, CaseIterable {
  /// Matrices and filters, as timm does by default.
  case weights
  /// Everything but batch norms, as the official EfficientNet code does: biases of
  /// squeeze-and-excitation and of the classifier, too.
  ///
  /// Source:
  /// [main.py](https://github.com/tensorflow/tpu/blob/master/models/official/efficientnet/main.py),
  /// the L2 loss of all variables without "batch_normalization" in their names.
  case weightsAndBiases
  /// Everything, as PyTorch's optimizers do unless they are given groups.
  case all

  func contains(_ kind: TrainingParameter.Kind) -> Bool {
    kind == .weight || self == .all || self == .weightsAndBiases && kind == .bias
  }
}
