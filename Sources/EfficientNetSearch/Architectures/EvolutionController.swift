internal import EfficientNetCompute

/// Proposes networks by regularized evolution. The best of a few random living networks gets a
/// child that differs in one choice; the oldest networks die.
///
/// Source: Real et al. 2019, [Regularized Evolution for Image Classifier Architecture
/// Search](https://arxiv.org/abs/1802.01548), algorithm 1.
public struct EvolutionController: Controller {
  /// The number of living networks. As many are drawn uniformly at the start.
  public let population: Int
  /// The number of networks that compete to become a parent.
  public let tournament: Int
  private let space: SearchSpace
  private let decisions: [SearchSpace.Decision]
  private var generator: SeededGenerator
  private var living: [Outcome] = []

  /// Creates a controller that draws from a space; the seed determines its random choices.
  ///
  /// - Precondition: `population` and `tournament` are at least 1.
  public init(_ space: SearchSpace, seed: UInt64, population: Int = 16, tournament: Int = 6) {
    require(
      population >= 1 && tournament >= 1,
      "population is \(population) and tournament is \(tournament); both must be at least 1")
    (self.population, self.tournament) = (population, tournament)
    (self.space, decisions) = (space, space.decisions)
    generator = SeededGenerator(seed: seed)
  }

  /// Returns children of good networks; see ``Controller/propose(_:)``.
  public mutating func propose(_ count: Int) -> [SearchSpace.Point] {
    (0..<count).map { number in
      living.count + number < population || living.isEmpty
        ? space.randomPoint(using: &generator) : child()
    }
  }

  /// Adds the networks to the population; see ``Controller/learn(_:)``.
  public mutating func learn(_ outcomes: [Outcome]) {
    living = (living + outcomes).suffix(population)
  }

  private mutating func child() -> SearchSpace.Point {
    var parent = living[Int.random(in: 0..<living.count, using: &generator)]
    for _ in 1..<tournament {
      let other = living[Int.random(in: 0..<living.count, using: &generator)]
      if other.reward > parent.reward { parent = other }
    }
    var point = parent.point
    let mutated = Int.random(in: 0..<decisions.count, using: &generator)
    let step = Int.random(in: 1..<decisions[mutated].choices, using: &generator)
    point[mutated] = (point[mutated] + step) % decisions[mutated].choices
    return point
  }
}
