internal import EfficientNetSystem

/// What a search looks for: accuracy, weighed with what a network costs.
///
///     let objective = Objective(cost: .macs, target: 400e6)
///     objective.reward(top1: 0.7, cost: 400e6)   // 0.7
///     objective.reward(top1: 0.7, cost: 800e6)   // 0.667
///
/// Source: Tan et al. 2019, [MnasNet](https://arxiv.org/abs/1807.11626), equations 2 and 3: accuracy · (cost / target)^w.
/// EfficientNet-B0 was found with operations for latency and a target of 400 million.
public struct Objective: Hashable, Codable, Sendable {
  /// What of a network is to be small.
  public enum Cost: String, Hashable, Codable, Sendable, CaseIterable {
    /// Multiply-accumulate operations of an image.
    case macs
    /// Weights that are trained.
    case parameters
    /// Milliseconds of an image on this machine.
    case latency
  }

  /// What is to be small.
  public var cost: Cost
  /// How small: operations, weights or milliseconds.
  public var target: Double
  /// The exponent w of networks that cost no more than the target: α of the paper.
  public var exponentBelow: Double
  /// The exponent w of those that cost more: β of the paper.
  public var exponentAbove: Double

  /// An objective; the standard exponents, −0.07, are the paper's for a target that may be missed: twice the cost has to bring
  /// 5 % of accuracy.
  public init(
    cost: Cost, target: Double, exponentBelow: Double = -0.07, exponentAbove: Double = -0.07
  ) {
    (self.cost, self.target) = (cost, target)
    (self.exponentBelow, self.exponentAbove) = (exponentBelow, exponentAbove)
  }

  /// The paper's objective for a target that is a limit: what costs less is worth no more, twice the cost halves the reward.
  public static func hard(cost: Cost, target: Double) -> Objective {
    Objective(cost: cost, target: target, exponentBelow: 0, exponentAbove: -1)
  }

  /// What a network is worth; nothing if its training diverged.
  ///
  /// - Parameter cost: In the unit of ``target``.
  /// - Precondition: the cost is above 0.
  public func reward(top1: Double?, cost: Double) -> Double {
    guard let top1 else { return 0 }
    precondition(cost > 0, "a network that costs \(cost)")
    return top1 * pow(cost / target, cost <= target ? exponentBelow : exponentAbove)
  }

  /// What is wrong with it; nil if nothing.
  public var complaint: String? {
    if !(target > 0 && target < 1e15) {
      return "the target is \(target); it may be above 0 to 1e15"
    }
    for exponent in [exponentBelow, exponentAbove] where !(-10...0 ~= exponent) {
      return
        "an exponent of the reward is \(exponent); it may be −10 to 0: a network that costs more is worth no more"
    }
    return nil
  }
}
