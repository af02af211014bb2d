public import EfficientNet
internal import EfficientNetTraining
internal import EfficientNetSystem

/// A search under way: the controller, and the networks that it proposed.
///
/// It knows nothing of training: it asks for networks, and is told what they came to. With the same results it asks for the same
/// networks, so one that was interrupted is begun again and fed with the results that there are.
public struct ArchitectureSearch: Sendable {
  /// A proposal, and what it came to.
  public struct Sample: Hashable, Sendable {
    /// From 1 on, in the order of the proposals.
    public let number: Int
    /// The network; a network that was proposed before has the name that it had then.
    public let candidate: Candidate
    /// What it costs, with as many classes as the photos have.
    public let network: NetworkCost
    /// What it costs, in the unit of the objective's target.
    public let cost: Double
    /// The mean accuracy over its trainings; nil if one of them diverged.
    public let top1: Double?
    /// See ``Objective/reward(top1:cost:)``.
    public let reward: Double
    /// Whether it was proposed, and so trained, before.
    public let isRepeated: Bool
  }

  let study: SearchStudy
  private let seeds: [UInt64]
  private let epochs: Int
  private let classes: Int
  private var controller: any Controller
  private var names: [Architecture: String] = [:]
  private var proposals: [(point: SearchSpace.Point, candidate: Candidate, isRepeated: Bool)] = []
  /// What was learned from so far.
  public private(set) var samples: [Sample] = []

  /// Continues a search after the trainings that are done; without results, begins one.
  ///
  /// - Parameters:
  ///   - seeds: The seeds of each network's trainings; the first one is also the controller's.
  ///   - epochs: The epochs of each training.
  ///   - classes: The number of classes of the photos.
  ///   - results: The results so far, in any order.
  /// - Precondition: there is at least one seed.
  public init(
    _ study: SearchStudy, seeds: [UInt64], epochs: Int, classes: Int, results: [TrialResult] = []
  ) {
    precondition(!seeds.isEmpty, "a search without a training")
    (self.study, self.seeds, self.epochs, self.classes) = (study, seeds, epochs, classes)
    controller = study.makeController(seed: seeds[0])
    resume(with: results)
  }

  package init(
    _ study: SearchStudy, _ settings: ExperimentSettings, results: [TrialResult] = [], classes: Int
  ) {
    self.init(
      study, seeds: settings.allSeeds, epochs: settings.recipe.epochs, classes: classes,
      results: results)
  }

  private mutating func resume(with results: [TrialResult]) {
    let known = Dictionary(grouping: results.filter(isOwn), by: \.candidate)
      .mapValues { Set($0.map(\.seed)) }
    while samples.count < study.samples {
      var next = self
      let isKnown = next.propose().allSatisfy { known[$0.name]?.isSuperset(of: seeds) ?? false }
      guard isKnown else { return }
      next.learn(results)
      self = next
    }
  }

  /// Whether a result is of a training of the search, and not of the finalists.
  private func isOwn(_ result: TrialResult) -> Bool {
    result.epochs == epochs && seeds.contains(result.seed)
  }

  /// The networks to train next, each once; empty if there are none any more.
  ///
  /// - Precondition: the search has learned from those before.
  public mutating func propose() -> [Candidate] {
    precondition(proposals.isEmpty, "proposals before the last ones were learned from")
    let points = controller.propose(min(study.batch, study.samples - samples.count))
    for point in points {
      let architecture = study.space.architecture(point, name: "-")
      let known = names[architecture]
      let name = known ?? "n\(names.count + 1)"
      names[architecture] = name
      var named = architecture
      named.name = name
      proposals.append((point, Candidate(named), isRepeated: known != nil))
    }
    var seen: Set<String> = []
    return proposals.map(\.candidate).filter { seen.insert($0.name).inserted }
  }

  /// Learns what the proposed networks came to.
  ///
  /// - Parameter results: Of trainings of all of them; others are ignored.
  public mutating func learn(_ results: [TrialResult]) {
    var outcomes: [Outcome] = []
    for proposal in proposals {
      let own = results.filter { $0.candidate == proposal.candidate.name && isOwn($0) }
      let accuracies = own.compactMap(\.top1)
      let top1 = accuracies.count == own.count ? accuracies.mean : nil
      let (network, cost) = costs(of: proposal.candidate.architecture)
      let sample = Sample(
        number: samples.count + 1, candidate: proposal.candidate, network: network, cost: cost,
        top1: top1, reward: study.objective.reward(top1: top1, cost: cost),
        isRepeated: proposal.isRepeated)
      samples.append(sample)
      outcomes.append(Outcome(point: proposal.point, reward: sample.reward))
    }
    proposals = []
    controller.learn(outcomes)
  }

  /// The different networks, the most rewarding first; of equal ones that which was proposed first.
  public var ranked: [Sample] {
    samples.filter { !$0.isRepeated }.sorted { ($0.reward, -$0.number) > ($1.reward, -$1.number) }
  }

  /// The networks than which none is both cheaper and more accurate, by rising cost.
  public var front: [Sample] {
    var front: [Sample] = []
    let trained = samples.filter { !$0.isRepeated && $0.top1 != nil }
    for sample in trained.sorted(by: { ($0.cost, -($0.top1 ?? 0)) < ($1.cost, -($1.top1 ?? 0)) })
    where sample.top1 ?? 0 > front.last?.top1 ?? -1 {
      front.append(sample)
    }
    return front
  }

  /// The networks that are trained again: the best, and the reference of the space, narrowed or widened until it has as many
  /// operations as the best, so that there is something to compare with.
  public var finalists: [Candidate] {
    guard study.finalists > 0, let best = ranked.first else { return [] }
    return ranked.prefix(study.finalists).map(\.candidate)
      + [Candidate(reference(macs: best.network.macs))]
  }

  /// The reference of the space with the width, to a hundredth, that brings its operations nearest to `macs`.
  private func reference(macs: Int) -> Architecture {
    let reference = study.space.reference
    let networks = stride(from: 0.2, through: 4, by: 0.01).map { width in
      let network = reference.scaled(
        by: CompoundScale(
          width: width, depth: 1, resolution: reference.resolution, dropout: reference.dropout),
        name: Self.reference, rule: .released.fine)
      return (network, distance: abs(log(Double(costs(of: network).network.macs) / Double(macs))))
    }
    return networks.min { $0.distance < $1.distance }?.0 ?? reference
  }

  /// The seeds of the finalists' trainings: others than those that they were chosen by.
  var finalSeeds: [UInt64] {
    let last = seeds[seeds.count - 1]
    return (1...study.finalSeeds).map { last &+ UInt64($0) }
  }

  /// The finalist that is worth most by its longer trainings; without finalists the network that was worth most.
  ///
  /// - Parameter ranking: Of the finalists, or of all networks.
  public func winner(_ ranking: Ranking) -> Ranking.Standing? {
    let found = ranking.standings.filter { $0.candidate.name != Self.reference && $0.mean != nil }
    return found.max { reward(of: $0) < reward(of: $1) }
  }

  private func reward(of standing: Ranking.Standing) -> Double {
    study.objective.reward(
      top1: standing.mean, cost: costs(of: standing.candidate.architecture).cost)
  }

  /// What a network costs, with as many classes as the photos have, and that in the unit of the objective's target.
  private func costs(of architecture: Architecture) -> (network: NetworkCost, cost: Double) {
    var architecture = architecture
    architecture.classes = classes
    let network = NetworkCost(architecture)
    return (network, study.cost(of: architecture, network))
  }

  /// The name of the network that the finalists are compared with.
  public static let reference = "reference"
}
