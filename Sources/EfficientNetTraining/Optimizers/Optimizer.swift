internal import EfficientNet
internal import EfficientNetCompute

/// What an optimizer does with gradients: a rule and its numbers, as a recipe states them.
public enum OptimizerRule: Hashable, Codable, Sendable {
  /// Stochastic gradient descent.
  case sgd(momentum: Double = 0.9, nesterov: Bool = true)
  /// RMSProp in TensorFlow's form: epsilon inside the root, mean squares from 1 on, the rate inside the momentum.
  ///
  /// Source: Tan & Le 2019, section 5.2; [timm](https://github.com/huggingface/pytorch-image-models), RMSpropTF.
  case rmsprop(decay: Double = 0.9, momentum: Double = 0.9, epsilon: Double = 1e-3)
  /// Adam with decoupled weight decay.
  ///
  /// Source: Loshchilov & Hutter 2019, [Decoupled weight decay](https://arxiv.org/abs/1711.05101).
  case adamW(beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8)

  /// Numbers for each parameter that it keeps.
  var momentsCount: Int {
    switch self {
    case .sgd: 1
    case .rmsprop, .adamW: 2
    }
  }

  /// What is wrong with the numbers; nil if nothing.
  var complaint: String? {
    func share(_ value: Double, _ name: String) -> String? {
      value >= 0 && value < 1 ? nil : "\(name) is \(value); it may be 0..<1"
    }
    func small(_ epsilon: Double) -> String? {
      epsilon > 0 && epsilon <= 1
        ? nil : "the optimizer's epsilon is \(epsilon); it may be above 0 up to 1"
    }
    switch self {
    case .sgd(let momentum, _): return share(momentum, "momentum")
    case .rmsprop(let decay, let momentum, let epsilon):
      return share(decay, "the optimizer's decay") ?? share(momentum, "momentum")
        ?? small(epsilon)
    case .adamW(let beta1, let beta2, let epsilon):
      return share(beta1, "beta1") ?? share(beta2, "beta2") ?? small(epsilon)
    }
  }
}

/// An optimizer and its state.
///
/// Weight decay is added to the gradient, except AdamW's.
public final class Optimizer {
  /// The rule.
  public let rule: OptimizerRule
  /// Weight decay.
  public let decay: Double
  /// Whether norms and biases decay too.
  public let decaysAll: Bool
  /// Steps that were made.
  public internal(set) var steps = 0
  /// The learning rate's factor of each parameter: below 1 for early layers with layer-wise decay.
  private let factors: [Double]
  /// First moments, then second ones, each like the network's parameters.
  let state: Arena
  private let count: Int
  private let momentsCount: Int

  /// An optimizer for a network.
  ///
  /// - Parameters:
  ///   - decay: Weight decay, of weights; of norms and biases too if `decaysAll`.
  ///   - layerDecay: The factor of the learning rate from one block to the one in front of it; 1 for the same rate.
  public init(
    _ rule: OptimizerRule, for network: TrainingNetwork, decay: Double = 0, decaysAll: Bool = false,
    layerDecay: Double = 1
  ) {
    (self.rule, self.decay, self.decaysAll) = (rule, decay, decaysAll)
    count = network.plan.memory.parameters.count
    momentsCount = rule.momentsCount
    state = Arena(count: momentsCount * Arena.aligned(count))
    if case .rmsprop = rule {
      state.fill(Region(offset: Arena.aligned(count), count: count), with: 1)
    }
    factors = Self.factors(network, layerDecay: layerDecay)
  }

  /// `layerDecay` to the power of the blocks behind each parameter's.
  private static func factors(_ network: TrainingNetwork, layerDecay: Double) -> [Double] {
    var groups: [String] = []
    let numbers = network.plan.parameters.map { parameter in
      let parts = parameter.name.split(separator: ".")
      let group = parts[0] == "blocks" ? parts.prefix(3).joined(separator: ".") : String(parts[0])
      // The norms of stem and head belong to their convolutions.
      let name = ["bn1": "conv_stem", "bn2": "conv_head"][group] ?? group
      if let index = groups.firstIndex(of: name) { return index }
      groups.append(name)
      return groups.count - 1
    }
    var powers = [1.0]
    for _ in groups { powers.append(powers[powers.count - 1] * layerDecay) }
    return numbers.map { powers[groups.count - 1 - $0] }
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
    let pieces = pieces(of: network)
    let step = arithmetic
    let base = machine.plan.memory.gradients.offset - machine.plan.memory.parameters.offset
    let (count, momentsCount, decay, decaysAll) = (count, momentsCount, decay, decaysAll)
    machine.pool.forEach(count: pieces.count) { [factors, state] index in
      let (number, weights) = pieces[index]
      let parameter = machine.plan.parameters[number]
      let second = Region(offset: weights.offset + Arena.aligned(count), count: weights.count)
      machine.kernels.step(
        step, weights: weights,
        gradients: Region(offset: weights.offset + base, count: weights.count), first: weights,
        second: momentsCount == 2 ? second : nil, state: state, scale: factor,
        rate: Float(rate * factors[number]),
        decay: parameter.isWeight || decaysAll ? Float(decay) : 0, memory: machine.memory)
    }
    network.parametersChanged()
    return norm
  }

  private var arithmetic: OptimizerStep {
    switch rule {
    case .sgd(let momentum, let nesterov): .sgd(momentum: Float(momentum), nesterov: nesterov)
    case .rmsprop(let decay, let momentum, let epsilon):
      .rmsprop(keep: Float(decay), momentum: Float(momentum), epsilon: Float(epsilon))
    case .adamW(let beta1, let beta2, let epsilon):
      .adamW(beta1: Float(beta1), beta2: Float(beta2), epsilon: Float(epsilon), step: steps)
    }
  }

  /// The trained parameters in pieces that threads share out.
  private func pieces(of network: TrainingNetwork) -> [(parameter: Int, region: Region)] {
    let piece = 1 << 15
    return zip(network.plan.parameters, network.trainables).enumerated().flatMap {
      number, element -> [(parameter: Int, region: Region)] in
      let (parameter, isTrained) = element
      guard isTrained else { return [] }
      return stride(from: 0, to: parameter.region.count, by: piece).map { begin in
        let count = min(piece, parameter.region.count - begin)
        return (number, Region(offset: parameter.region.offset + begin, count: count))
      }
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
