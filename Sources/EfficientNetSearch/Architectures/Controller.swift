internal import EfficientNetCompute

/// Proposes networks, and learns from what they were worth.
///
/// What it proposes depends on its seed and on what it was told, on nothing else: so a search that is begun again proposes the
/// same networks again, and needs only the results to go on.
public protocol Controller: Sendable {
  /// The networks to try next.
  mutating func propose(_ count: Int) -> [SearchSpace.Point]

  /// Learns what networks that it proposed were worth, in the order of the proposals.
  mutating func learn(_ outcomes: [Outcome])
}

/// A network and what it was worth.
public struct Outcome: Hashable, Sendable {
  /// The network.
  public let point: SearchSpace.Point
  /// See ``Objective/reward(top1:cost:)``.
  public let reward: Double
}

/// Draws evenly from the space, and learns nothing: what others have to beat.
public struct RandomController: Controller {
  private let space: SearchSpace
  private var generator: SeededGenerator

  /// A controller.
  public init(_ space: SearchSpace, seed: UInt64) {
    (self.space, generator) = (space, SeededGenerator(seed: seed))
  }

  /// See ``Controller/propose(_:)``.
  public mutating func propose(_ count: Int) -> [SearchSpace.Point] {
    (0..<count).map { _ in space.randomPoint(using: &generator) }
  }

  /// See ``Controller/learn(_:)``.
  public mutating func learn(_ outcomes: [Outcome]) {}
}
