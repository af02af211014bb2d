internal import EfficientNetSystem

/// The loss of proximal policy optimization over the decisions of some networks.
///
/// For each decision it is the negative advantage times the clipped ratio of new to old
/// probability, minus the weighted entropy.
///
/// Source: Schulman et al. 2017, [Proximal Policy Optimization
/// Algorithms](https://arxiv.org/abs/1707.06347), equation 7.
struct PolicyLoss: Sendable {
  /// The distance from 1 beyond which a ratio of probabilities has no gradient.
  let clip: Double
  /// The weight of the entropy, which keeps the policy exploring.
  let entropy: Double

  /// A network, its advantage, and the probabilities of its choices when it was proposed.
  struct Sample: Sendable {
    let point: SearchSpace.Point
    let advantage: Double
    let probabilities: [Double]
  }

  /// The mean loss of the samples, and its gradient with respect to the parameters of the policy.
  func callAsFunction(
    _ policy: RecurrentPolicy, _ samples: [Sample]
  ) -> (loss: Double, gradient: [Double]) {
    var loss = 0.0
    var gradient = [Double](repeating: 0, count: policy.parameters.count)
    let share = 1 / Double(max(1, samples.count))
    for sample in samples {
      let steps = policy.run { step, _ in sample.point[step] }
      let terms = steps.indices.map { step in
        term(
          steps[step].probabilities, choice: sample.point[step], advantage: sample.advantage,
          old: sample.probabilities[step])
      }
      loss += terms.reduce(0) { $0 + share * $1.loss }
      policy.addGradient(
        &gradient, point: sample.point, steps: steps,
        logits: terms.map { $0.logits.map { share * $0 } })
    }
    return (loss, gradient)
  }

  /// The loss of one decision, and its gradient with respect to the logits.
  private func term(
    _ probabilities: [Double], choice: Int, advantage: Double, old: Double
  ) -> (loss: Double, logits: [Double]) {
    let ratio = probabilities[choice] / old
    let clipped = min(max(ratio, 1 - clip), 1 + clip)
    let gain = min(ratio * advantage, clipped * advantage)
    // Beyond the clip the gain is constant.
    let slope = ratio * advantage <= clipped * advantage ? ratio * advantage : 0
    // A probability may underflow to zero.
    let logarithms = probabilities.map { log(max($0, .leastNormalMagnitude)) }
    let disorder = -zip(probabilities, logarithms).reduce(0) { $0 + $1.0 * $1.1 }
    let logits = probabilities.indices.map { index in
      let p = probabilities[index]
      return -slope * ((index == choice ? 1 : 0) - p) + entropy * p * (logarithms[index] + disorder)
    }
    return (-gain - entropy * disorder, logits)
  }
}
