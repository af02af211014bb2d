public import EfficientNet
package import EfficientNetReports
internal import EfficientNetTraining
internal import EfficientNetSystem

/// A search in progress: the controller and the networks that it has proposed.
///
/// A search does not train. It proposes networks and receives their results. Equal results lead to
/// equal proposals, so an interrupted search starts again and replays the stored results.
public struct ArchitectureSearch: Sendable {
  /// A proposal with its result.
  public struct Sample: Hashable, Sendable {
    /// The number of the proposal, from 1.
    public let number: Int
    /// The network. A network that was proposed before keeps its first name.
    public let candidate: Candidate
    /// The cost of the network with the number of classes of the photos.
    public let network: NetworkCost
    /// The cost in the unit of the objective's target.
    public let cost: Double
    /// The mean accuracy of its trainings, from 0 to 1; nil if one of them diverged.
    public let top1: Double?
    /// The validation photos that are classified correctly, on average of the trainings; nil if a
    /// training diverged, or if their number is not known.
    package let right: Proportion?
    /// The reward; see ``Objective/reward(top1:cost:)``.
    public let reward: Double
    /// Whether the network was proposed, and so trained, before.
    public let isRepeated: Bool
  }

  /// A search with its name in a report.
  public typealias Named = (name: String, search: ArchitectureSearch)

  let study: SearchStudy
  private let seeds: [UInt64]
  /// The number of epochs of each training, before the longer ones of the finalists.
  let epochs: Int
  private let classes: Int
  private var controller: any Controller
  private var names: [Architecture: String] = [:]
  private var proposals: [(point: SearchSpace.Point, candidate: Candidate, isRepeated: Bool)] = []
  /// The proposals with results, in their order.
  public internal(set) var samples: [Sample] = []

  /// Starts a search, or resumes one from its results.
  ///
  /// - Parameters:
  ///   - seeds: The seeds of each network's trainings; the first one also seeds the controller.
  ///   - epochs: The number of epochs of each training.
  ///   - classes: The number of classes of the photos.
  ///   - results: The results so far, in any order.
  /// - Precondition: there is at least one seed.
  public init(
    _ study: SearchStudy, seeds: [UInt64], epochs: Int, classes: Int, results: [TrialResult] = []
  ) {
    require(!seeds.isEmpty, "seeds is empty; it must have at least one seed")
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

  /// Whether a result belongs to a training of the search itself, not to one of the finalists.
  private func isOwn(_ result: TrialResult) -> Bool {
    result.epochs == epochs && seeds.contains(result.seed)
  }

  /// Returns the networks to train next, each once; empty if the search is complete.
  ///
  /// - Precondition: ``learn(_:)`` has been called for the previous proposals.
  public mutating func propose() -> [Candidate] {
    require(proposals.isEmpty, "learn(_:) must follow each propose()")
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

  /// Learns from the results of the proposed networks.
  ///
  /// - Parameter results: The results of all proposed networks; results of other trainings are
  ///   ignored.
  public mutating func learn(_ results: [TrialResult]) {
    var outcomes: [Outcome] = []
    for proposal in proposals {
      let own = results.filter { $0.candidate == proposal.candidate.name && isOwn($0) }
      let accuracies = own.compactMap(\.top1)
      let top1 = accuracies.count == own.count ? accuracies.mean : nil
      let (network, cost) = costs(of: proposal.candidate.architecture)
      let photos = own.lazy.compactMap(\.validationPhotos).first
      let right = top1.flatMap { top1 in
        photos.map { Proportion(mean: top1, of: $0) }
      }
      let sample = Sample(
        number: samples.count + 1, candidate: proposal.candidate, network: network, cost: cost,
        top1: top1, right: right, reward: study.objective.reward(top1: top1, cost: cost),
        isRepeated: proposal.isRepeated)
      samples.append(sample)
      outcomes.append(Outcome(point: proposal.point, reward: sample.reward))
    }
    proposals = []
    controller.learn(outcomes)
  }

  /// The different networks, the highest reward first; ties in the order of the proposals.
  public var ranked: [Sample] {
    samples.filter { !$0.isRepeated }.sorted { ($0.reward, -$0.number) > ($1.reward, -$1.number) }
  }

  /// The Pareto front by rising cost: no other network is both cheaper and more accurate.
  public var front: [Sample] {
    var front: [Sample] = []
    let trained = samples.filter { !$0.isRepeated && $0.top1 != nil }
    for sample in trained.sorted(by: { ($0.cost, -($0.top1 ?? 0)) < ($1.cost, -($1.top1 ?? 0)) })
    where sample.top1 ?? 0 > front.last?.top1 ?? -1 {
      front.append(sample)
    }
    return front
  }

  /// The networks to train again: those with the highest rewards, and the reference of the space.
  /// The reference is made narrower or wider until it has as many operations as the first of them.
  public var finalists: [Candidate] {
    guard study.finalists > 0, let best = ranked.first else { return [] }
    return ranked.prefix(study.finalists).map(\.candidate)
      + [Candidate(reference(macs: best.network.macs))]
  }

  /// The reference of the space at the width, in hundredths, whose operations are closest to
  /// `macs`.
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

  /// The seeds of the finalists' trainings, which differ from those of the search.
  var finalSeeds: [UInt64] {
    let last = seeds[seeds.count - 1]
    return (1...study.finalSeeds).map { last &+ UInt64($0) }
  }

  /// The cost of a network with the number of classes of the photos, and the cost in the unit of
  /// the objective's target.
  func costs(of architecture: Architecture) -> (network: NetworkCost, cost: Double) {
    var architecture = architecture
    architecture.classes = classes
    let network = NetworkCost(architecture)
    return (network, study.cost(of: architecture, network))
  }

  /// The name of the finalist that the others are compared with.
  public static let reference = "reference"
}
