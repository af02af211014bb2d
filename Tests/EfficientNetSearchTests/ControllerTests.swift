import EfficientNetCompute
import Testing

@testable import EfficientNetSearch

/// Controllers on rewards with a known optimum.
@Suite("Controllers")
struct ControllerTests {
  private static let space = SearchSpace.efficientNet.narrowed(stages: 4)

  private enum Landscape: CaseIterable {
    /// Each right choice counts.
    case separate
    /// Pairs of right choices count once more.
    case paired
    /// Each right choice counts, and noise as large as some of the choices is added.
    case noisy
  }

  /// The rewards of a search in order; for `noisy`, without the noise.
  private static func rewards(
    _ controller: any Controller, on landscape: Landscape, samples: Int, seed: UInt64
  ) -> [Double] {
    var controller = controller
    var generator = SeededGenerator(seed: 1000 + seed)
    let target = space.randomPoint(using: &generator)
    var rewards: [Double] = []
    while rewards.count < samples {
      let outcomes = controller.propose(10).map { point in
        let hits = zip(point, target).map { $0 == $1 ? 1.0 : 0 }
        let pairs = zip(hits, hits.dropFirst()).reduce(0) { $0 + $1.0 * $1.1 }
        let sum = hits.reduce(0, +) + (landscape == .paired ? pairs : 0)
        let most = Double(hits.count) * (landscape == .paired ? 2 : 1)
        rewards.append(0.4 + 0.3 * sum / most)
        let noise = landscape == .noisy ? 0.02 * generator.normal() : 0
        return Outcome(point: point, reward: rewards[rewards.count - 1] + noise)
      }
      controller.learn(outcomes)
    }
    return rewards
  }

  @Test("controllers beat random search on known optima", arguments: Landscape.allCases)
  private func learned(landscape: Landscape) {
    func score(_ make: (UInt64) -> any Controller) -> (last: Double, best: Double) {
      let searches = (0..<4).map { seed in
        Self.rewards(make(UInt64(seed)), on: landscape, samples: 200, seed: UInt64(seed))
      }
      return (
        searches.reduce(0) { $0 + $1.suffix(20).reduce(0, +) / 80 },
        searches.reduce(0) { $0 + ($1.max() ?? 0) / 4 }
      )
    }
    let random = score { RandomController(Self.space, seed: $0) }
    let ppo = score { RecurrentController(Self.space, seed: $0) }
    let evolution = score { EvolutionController(Self.space, seed: $0) }
    for learned in [ppo, evolution] {
      #expect(learned.last > random.last + 0.05, "the last twenty proposals")
      #expect(learned.best > random.best + 0.02, "the best proposal")
    }
  }

  @Test(
    "the same seed gives the same proposals, another seed gives others",
    arguments: SearchStudy.ControllerKind.allCases)
  func seeded(kind: SearchStudy.ControllerKind) {
    func proposals(seed: UInt64) -> [SearchSpace.Point] {
      var controller = Self.study(kind).makeController(seed: seed)
      var points: [SearchSpace.Point] = []
      for _ in 0..<6 {
        let new = controller.propose(7)
        points += new
        controller.learn(new.map { Outcome(point: $0, reward: Double($0.reduce(0, +)) / 100) })
      }
      return points
    }
    let first = proposals(seed: 1)
    #expect(first.count == 42 && first == proposals(seed: 1))
    #expect(first != proposals(seed: 2))
    let decisions = Self.space.decisions
    for point in first {
      #expect(zip(point, decisions).allSatisfy { 0..<$1.choices ~= $0 })
    }
  }

  private static func study(_ kind: SearchStudy.ControllerKind) -> SearchStudy {
    SearchStudy(
      space, objective: Objective(cost: .macs, target: 1e6), controller: kind, samples: 42,
      batch: 7, finalists: 0, finalEpochs: 1, finalSeeds: 1)
  }

  @Test("controllers learn from batches of one and two, and keep exploring", arguments: [1, 2])
  func smallBatches(batch: Int) {
    var generator = SeededGenerator(seed: 11)
    let target = Self.space.randomPoint(using: &generator)
    var controller = RecurrentController(Self.space, seed: 3)
    var points: [SearchSpace.Point] = []
    var rewards: [Double] = []
    while points.count < 240 {
      let new = controller.propose(batch)
      let outcomes = new.map { point in
        let hits = zip(point, target).filter { $0 == $1 }.count
        return Outcome(point: point, reward: 0.3 + 0.2 * Double(hits) / Double(target.count))
      }
      controller.learn(outcomes)
      points += new
      rewards += outcomes.map(\.reward)
    }
    func mean(_ part: ArraySlice<Double>) -> Double { part.reduce(0, +) / Double(part.count) }
    #expect(mean(rewards.suffix(40)) > mean(rewards.prefix(40)) + 0.02)
    #expect(Set(points.prefix(120)).count > 80, "it has not settled for what it saw first")
  }

  @Test("evolution forgets the oldest network, even the best one")
  func aging() {
    var controller = EvolutionController(Self.space, seed: 1, population: 4, tournament: 4)
    let first = controller.propose(4)
    controller.learn(first.enumerated().map { Outcome(point: $1, reward: $0 == 0 ? 1 : 0) })
    func distance(_ point: SearchSpace.Point, _ other: SearchSpace.Point) -> Int {
      zip(point, other).filter { $0 != $1 }.count
    }
    // If all compete, with replacement, the best is mostly the parent.
    let children = controller.propose(20)
    #expect(children.filter { distance($0, first[0]) == 1 }.count > 10)
    #expect(children.allSatisfy { child in first.contains { distance(child, $0) == 1 } })
    controller.learn(children.suffix(4).map { Outcome(point: $0, reward: 0.1) })
    let grandchildren = controller.propose(20)
    #expect(
      grandchildren.allSatisfy { child in
        children.suffix(4).contains { distance(child, $0) == 1 }
      })
  }

  @Test("Adam starts at its learning rate and converges")
  func adam() {
    var optimizer = Adam(rate: 0.1, count: 2)
    var parameters = [3.0, -2.0]
    optimizer.update(&parameters, gradient: [100, -1e-3])
    #expect(abs(parameters[0] - 2.9) < 1e-6 && abs(parameters[1] + 1.9) < 1e-4)
    for _ in 0..<400 {
      optimizer.update(&parameters, gradient: [2 * (parameters[0] - 1), 8 * parameters[1]])
    }
    #expect(abs(parameters[0] - 1) < 1e-3 && abs(parameters[1]) < 1e-3)
  }

  @Test("equal rewards teach nothing and do no harm")
  func equal() {
    var controller = RecurrentController(Self.space, seed: 1)
    for _ in 0..<5 {
      controller.learn(controller.propose(6).map { Outcome(point: $0, reward: 0) })
    }
    let points = controller.propose(50)
    #expect(Set(points).count == 50, "all choices are still open")
  }
}

/// The controller's own network against finite differences.
@Suite("Recurrent policy")
struct RecurrentPolicyTests {
  private static let policy: RecurrentPolicy = {
    var policy = RecurrentPolicy(choices: [3, 2, 4, 2, 3], units: 5, seed: 3)
    // Far from uniform, so that all parts of the gradient count.
    for index in policy.parameters.indices { policy.parameters[index] *= 6 }
    return policy
  }()
  private static let loss = PolicyLoss(clip: 0.2, entropy: 0.1)

  /// A network whose choices had other probabilities before: ratios on both sides of the clip.
  private static func sample(_ point: SearchSpace.Point, advantage: Double) -> PolicyLoss.Sample {
    let steps = policy.run { step, _ in point[step] }
    let factors = [1, 1.1, 0.5, 2, 0.95]
    return PolicyLoss.Sample(
      point: point, advantage: advantage,
      probabilities: point.indices.map { steps[$0].probabilities[point[$0]] * factors[$0] })
  }

  private static let samples = [
    sample([0, 1, 3, 0, 2], advantage: 1.3), sample([2, 0, 1, 1, 0], advantage: -0.7),
  ]

  @Test("the gradient of the loss equals finite differences for every parameter")
  func gradients() {
    let gradient = Self.loss(Self.policy, Self.samples).gradient
    let step = 1e-5
    var moved = 0
    for index in gradient.indices {
      var (up, down) = (Self.policy, Self.policy)
      up.parameters[index] += step
      down.parameters[index] -= step
      let difference =
        (Self.loss(up, Self.samples).loss - Self.loss(down, Self.samples).loss) / (2 * step)
      #expect(abs(difference - gradient[index]) < 1e-8, "parameter \(index)")
      if abs(difference) > 1e-4 { moved += 1 }
    }
    #expect(gradient.count == 364 && moved > 150, "most parameters matter")
  }

  @Test("a ratio beyond the clip has no gradient")
  func clipped() {
    let flat = PolicyLoss(clip: 0.2, entropy: 0)
    let point = [0, 1, 3, 0, 2]
    let steps = Self.policy.run { step, _ in point[step] }
    func gradient(_ factor: Double, advantage: Double) -> Double {
      let sample = PolicyLoss.Sample(
        point: point, advantage: advantage,
        probabilities: point.indices.map { steps[$0].probabilities[point[$0]] * factor })
      return flat(Self.policy, [sample]).gradient.reduce(0) { $0 + abs($1) }
    }
    // Twice as likely as before: raising it further has no effect, lowering it has.
    #expect(gradient(0.5, advantage: 1) == 0 && gradient(0.5, advantage: -1) > 0.1)
    // Half as likely as before.
    #expect(gradient(2, advantage: -1) == 0 && gradient(2, advantage: 1) > 0.1)
  }

  @Test("probabilities sum to one, for logits of any size")
  func softmax() {
    for logits in [[0, 1, 2], [1000, -1000, 999], [-1e300, 0, 1e300]] as [[Double]] {
      let probabilities = logits.softmax
      #expect(abs(probabilities.reduce(0, +) - 1) < 1e-12)
      #expect(probabilities.allSatisfy { $0 >= 0 })
    }
  }
}
