internal import EfficientNetCompute

/// A source of proposals that learns from their rewards.
///
/// Proposals must depend only on the seed and on the outcomes. A resumed search then makes the same
/// proposals again from the stored results.
public protocol Controller: Sendable {
  /// Returns `count` networks to try next.
  mutating func propose(_ count: Int) -> [SearchSpace.Point]

  /// Learns from the rewards of proposed networks, in the order of the proposals.
  mutating func learn(_ outcomes: [Outcome])
}

/// A network with its reward.
public struct Outcome: Hashable, Sendable {
  /// The network.
  public let point: SearchSpace.Point
  /// The reward; see ``Objective/reward(top1:cost:)``.
  public let reward: Double

  /// Creates an outcome.
  public init(point: SearchSpace.Point, reward: Double) {
    (self.point, self.reward) = (point, reward)
  }
}

/// Draws uniformly from the space without learning: the baseline that other controllers must beat.
public struct RandomController: Controller {
  private let space: SearchSpace
  private var generator: SeededGenerator

  /// Creates a controller that draws from a space; the seed determines its random choices.
  public init(_ space: SearchSpace, seed: UInt64) {
    (self.space, generator) = (space, SeededGenerator(seed: seed))
  }

  /// Returns random networks; see ``Controller/propose(_:)``.
  public mutating func propose(_ count: Int) -> [SearchSpace.Point] {
    (0..<count).map { _ in space.randomPoint(using: &generator) }
  }

  /// Does nothing; see ``Controller/learn(_:)``.
  public mutating func learn(_ outcomes: [Outcome]) {}
}
