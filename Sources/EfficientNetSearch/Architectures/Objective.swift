internal import EfficientNetSystem

/// The goal of a search: accuracy, weighted with the cost of a network.
///
///     let objective = Objective(cost: .macs, target: 400e6)
///     objective.reward(top1: 0.7, cost: 400e6)   // 0.7
///     objective.reward(top1: 0.7, cost: 800e6)   // 0.667
///
/// Source: Tan et al. 2019, [MnasNet](https://arxiv.org/abs/1807.11626), equations 2 and 3:
/// accuracy · (cost / target)^w. EfficientNet-B0 was found with operations as the cost and a target
/// of 400 million.
public struct Objective: Hashable, Codable, Sendable {
  /// A kind of cost.
  public enum Cost: String, Hashable, Codable, Sendable, CaseIterable {
    /// Multiply-accumulate operations per image.
    case macs
    /// Trainable weights.
    case parameters
    /// Milliseconds per image on this machine.
    case latency
  }

  /// The kind of cost.
  public var cost: Cost
  /// The target cost, in operations, weights or milliseconds.
  public var target: Double
  /// The exponent w for networks that cost at most the target: α in the paper.
  public var exponentBelow: Double
  /// The exponent w for networks that cost more than the target: β in the paper.
  public var exponentAbove: Double

  /// Creates an objective from the properties of the same names. The default exponents are the
  /// paper's for a soft target: twice the cost must bring 5 % more accuracy.
  public init(
    cost: Cost, target: Double, exponentBelow: Double = -0.07, exponentAbove: Double = -0.07
  ) {
    (self.cost, self.target) = (cost, target)
    (self.exponentBelow, self.exponentAbove) = (exponentBelow, exponentAbove)
  }

  /// Returns the paper's objective for a hard target. A cost below the target does not raise
  /// the reward; twice the target halves it.
  public static func hard(cost: Cost, target: Double) -> Objective {
    Objective(cost: cost, target: target, exponentBelow: 0, exponentAbove: -1)
  }

  /// Returns the reward of a network; 0 if its training diverged.
  ///
  /// - Parameters:
  ///   - top1: The accuracy from 0 to 1; nil if training diverged.
  ///   - cost: The cost, in the unit of ``target``.
  /// - Precondition: `cost` is above 0.
  public func reward(top1: Double?, cost: Double) -> Double {
    guard let top1 else { return 0 }
    require(cost > 0, "the cost is \(cost); it must be above 0")
    return top1 * pow(cost / target, cost <= target ? exponentBelow : exponentAbove)
  }

  /// The reason why the objective is invalid; nil if it is valid.
  public var complaint: String? {
    if !(target > 0 && target < 1e15) {
      return "the target is \(target); it must be above 0 and below 1e15"
    }
    for exponent in [exponentBelow, exponentAbove] where !(-10...0 ~= exponent) {
      return
        "an exponent of the reward is \(exponent); it must be −10 to 0, "
        + "so that a higher cost never raises the reward"
    }
    return nil
  }
}
