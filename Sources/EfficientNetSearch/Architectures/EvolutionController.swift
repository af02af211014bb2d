internal import EfficientNetCompute

/// Regularised evolution: the best of a few drawn from the last networks gets a child that differs in one choice; the oldest die.
///
/// Source: Real et al. 2019, [Regularized Evolution for Image Classifier Architecture
/// Search](https://arxiv.org/abs/1802.01548), algorithm 1.
public struct EvolutionController: Controller {
  /// Networks that live at the same time; the first so many are drawn evenly.
  public let population: Int
  /// How many of them compete to be a parent.
  public let tournament: Int
  private let space: SearchSpace
  private let decisions: [SearchSpace.Decision]
  private var generator: SeededGenerator
  private var living: [Outcome] = []

  /// A controller.
  ///
  /// - Precondition: the population and the tournament are of at least one network.
  public init(_ space: SearchSpace, seed: UInt64, population: Int = 16, tournament: Int = 6) {
    precondition(
      population >= 1 && tournament >= 1, "a population of \(population), \(tournament) compete")
    (self.population, self.tournament) = (population, tournament)
    (self.space, decisions) = (space, space.decisions)
    generator = SeededGenerator(seed: seed)
  }

  /// See ``Controller/propose(_:)``.
  public mutating func propose(_ count: Int) -> [SearchSpace.Point] {
    (0..<count).map { number in
      living.count + number < population || living.isEmpty
        ? space.randomPoint(using: &generator) : child()
    }
  }

  /// See ``Controller/learn(_:)``.
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
