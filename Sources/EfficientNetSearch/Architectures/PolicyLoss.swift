internal import EfficientNetSystem

/// What proximal policy optimisation makes small, over the decisions of some networks: the negative advantage times how much
/// likelier than before a choice is, which pays only as far as the clip, and the negative entropy.
///
/// Source: Schulman et al. 2017, [Proximal Policy Optimization Algorithms](https://arxiv.org/abs/1707.06347), equation 7.
struct PolicyLoss: Sendable {
  /// How far from 1 a ratio of probabilities may be before it no longer pays to move it.
  let clip: Double
  /// The weight of the entropy, which keeps choices open.
  let entropy: Double

  /// A network, how much better than expected it was, and the probabilities of its choices when it was proposed.
  struct Sample: Sendable {
    let point: SearchSpace.Point
    let advantage: Double
    let probabilities: [Double]
  }

  /// The mean loss of the samples, and its gradient by the parameters of the policy.
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

  /// The loss of one decision, and its gradient by the logits.
  private func term(
    _ probabilities: [Double], choice: Int, advantage: Double, old: Double
  ) -> (loss: Double, logits: [Double]) {
    let ratio = probabilities[choice] / old
    let clipped = min(max(ratio, 1 - clip), 1 + clip)
    let gain = min(ratio * advantage, clipped * advantage)
    // Beyond the clip the gain is constant.
    let slope = ratio * advantage <= clipped * advantage ? ratio * advantage : 0
    // A probability may be too small for a double.
    let logarithms = probabilities.map { log(max($0, .leastNormalMagnitude)) }
    let disorder = -zip(probabilities, logarithms).reduce(0) { $0 + $1.0 * $1.1 }
    let logits = probabilities.indices.map { index in
      let p = probabilities[index]
      return -slope * ((index == choice ? 1 : 0) - p) + entropy * p * (logarithms[index] + disorder)
    }
    return (-gain - entropy * disorder, logits)
  }
}
