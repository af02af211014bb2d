internal import EfficientNetCompute

/// MnasNet's controller: a recurrent network that learns by proximal policy optimization.
///
/// Source: Tan et al. 2019, [MnasNet](https://arxiv.org/abs/1807.11626), section 4.2: sample,
/// evaluate, update.
public struct RecurrentController: Controller {
  /// The size of the recurrent network's state.
  private static let units = 32
  /// The learning rate of its optimizer, Adam.
  private static let rate = 0.02
  /// The number of outcomes of an update. Adam's steps are as long for one outcome as for many, and
  /// a single one is mostly noise.
  static let batch = 6
  /// The number of updates with each batch of outcomes.
  private static let passes = 4
  /// The entropy weight suits advantages in standard deviations. With 0.005, a search of hundreds
  /// settles for the first good network; with 0.15, a search of sixty learns less.
  private static let loss = PolicyLoss(clip: 0.2, entropy: 0.1)
  /// The share of the moving mean and variance of the rewards that each batch keeps.
  private static let momentum = 0.7

  private var policy: RecurrentPolicy
  private var generator: SeededGenerator
  private var optimizer: Adam
  /// The outcomes that it has not learned from yet.
  private var pending: [Outcome] = []
  /// The moving mean and variance of the rewards.
  private var rewards: (mean: Double, variance: Double)?

  /// Creates a controller that draws from a space; the seed determines its weights and random
  /// choices.
  public init(_ space: SearchSpace, seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    policy = RecurrentPolicy(
      choices: space.decisions.map(\.choices), units: Self.units, seed: generator.next())
    self.generator = generator
    optimizer = Adam(rate: Self.rate, count: policy.parameters.count)
  }

  /// Returns networks drawn from the policy; see ``Controller/propose(_:)``.
  public mutating func propose(_ count: Int) -> [SearchSpace.Point] {
    (0..<count).map { _ in
      var point = SearchSpace.Point()
      _ = policy.run { _, probabilities in
        let choice = Self.draw(probabilities, using: &generator)
        point.append(choice)
        return choice
      }
      return point
    }
  }

  private static func draw(
    _ probabilities: [Double], using generator: inout SeededGenerator
  ) -> Int {
    var left = Double.random(in: 0..<1, using: &generator)
    for (choice, probability) in probabilities.enumerated() {
      left -= probability
      if left < 0 { return choice }
    }
    return probabilities.count - 1
  }

  /// Updates the policy once enough outcomes have arrived; see ``Controller/learn(_:)``.
  public mutating func learn(_ outcomes: [Outcome]) {
    pending += outcomes
    guard pending.count >= Self.batch else { return }
    let (mean, deviation) = expectation(with: pending.map(\.reward))
    let samples = pending.map { outcome in
      let steps = policy.run { step, _ in outcome.point[step] }
      return PolicyLoss.Sample(
        point: outcome.point, advantage: (outcome.reward - mean) / deviation,
        probabilities: zip(steps, outcome.point).map { $0.probabilities[$1] })
    }
    for _ in 0..<Self.passes {
      optimizer.update(&policy.parameters, gradient: Self.loss(policy, samples).gradient)
    }
    pending = []
  }

  /// Updates the moving mean and deviation of the rewards with new ones.
  private mutating func expectation(with new: [Double]) -> (mean: Double, deviation: Double) {
    let count = Double(new.count)
    let mean = new.reduce(0, +) / count
    // The variance is around the old mean, so that a batch of one network, or of equal ones, has
    // one.
    let expected = rewards?.mean ?? mean
    let variance = new.reduce(0) { $0 + ($1 - expected) * ($1 - expected) } / count
    let kept = rewards == nil ? 0 : Self.momentum
    let old = rewards ?? (mean, variance)
    let result = (
      mean: kept * old.mean + (1 - kept) * mean,
      variance: kept * old.variance + (1 - kept) * variance
    )
    rewards = result
    // Differences below a hundredth are noise of a training.
    return (result.mean, max(result.variance.squareRoot(), 0.01 * abs(result.mean), 1e-6))
  }
}

/// Adam, without decay.
///
/// Source: Kingma & Ba 2015, [Adam](https://arxiv.org/abs/1412.6980), algorithm 1.
struct Adam: Sendable {
  let rate: Double
  private var mean: [Double]
  private var square: [Double]
  private var powers = (first: 1.0, second: 1.0)

  init(rate: Double, count: Int) {
    self.rate = rate
    mean = [Double](repeating: 0, count: count)
    square = mean
  }

  mutating func update(_ parameters: inout [Double], gradient: [Double]) {
    let (first, second) = (0.9, 0.999)
    powers = (powers.first * first, powers.second * second)
    for index in parameters.indices {
      let slope = gradient[index]
      mean[index] = first * mean[index] + (1 - first) * slope
      square[index] = second * square[index] + (1 - second) * slope * slope
      let corrected = (square[index] / (1 - powers.second)).squareRoot()
      parameters[index] -= rate * mean[index] / (1 - powers.first) / (corrected + 1e-8)
    }
  }
}
