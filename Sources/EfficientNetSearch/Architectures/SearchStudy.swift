internal import EfficientNet

/// A search for an architecture: where it looks, for what, and how.
public struct SearchStudy: Hashable, Codable, Sendable {
  /// The controllers by name.
  public enum ControllerKind: String, Hashable, Codable, Sendable, CaseIterable {
    /// ``RecurrentController``.
    case ppo
    /// ``EvolutionController``.
    case evolution
    /// ``RandomController``.
    case random
  }

  /// Where it looks.
  public var space: SearchSpace
  /// For what.
  public var objective: Objective
  /// Who proposes networks.
  public var controller: ControllerKind
  /// Networks that are proposed in all; those that are proposed again are not trained again, but count.
  public var samples: Int
  /// Networks that are proposed at a time, before anything is learned from them.
  public var batch: Int
  /// The best so many are trained again, longer; 0 for none.
  public var finalists: Int
  /// Epochs of those trainings.
  public var finalEpochs: Int
  /// Trainings of each finalist, with different seeds.
  public var finalSeeds: Int
  /// How long blocks take on this machine, if the objective is latency.
  public var latencies: LatencyTable?

  /// A search.
  public init(
    _ space: SearchSpace, objective: Objective, controller: ControllerKind, samples: Int,
    batch: Int, finalists: Int, finalEpochs: Int, finalSeeds: Int, latencies: LatencyTable? = nil
  ) {
    (self.space, self.objective, self.controller) = (space, objective, controller)
    (self.samples, self.batch) = (samples, batch)
    (self.finalists, self.finalEpochs, self.finalSeeds) = (finalists, finalEpochs, finalSeeds)
    self.latencies = latencies
  }

  /// What is wrong with it; nil if nothing.
  var complaint: String? {
    for (name, value, range) in [
      ("samples", samples, 1...1_000_000), ("networks proposed at a time", batch, 1...10000),
      ("finalists", finalists, 0...1000), ("epochs of the finalists", finalEpochs, 1...100_000),
      ("trainings of each finalist", finalSeeds, 1...1000),
    ] where !range.contains(value) {
      return "\(name) are \(value); they may be \(range.lowerBound) to \(range.upperBound)"
    }
    if (objective.cost == .latency) != (latencies != nil) {
      return "latency as the objective needs a table of latencies, and only then there is one"
    }
    return objective.complaint ?? space.complaint.map { "the search space: \($0)" }
  }

  /// What a network costs, in the unit of the objective's target.
  ///
  /// - Parameter architecture: With as many classes as the photos have.
  func cost(of architecture: Architecture, _ network: NetworkCost) -> Double {
    switch objective.cost {
    case .macs: Double(network.macs)
    case .parameters: Double(network.parameters)
    case .latency: latencies?.milliseconds(architecture) ?? .infinity
    }
  }

  func makeController(seed: UInt64) -> any Controller {
    switch controller {
    case .ppo: RecurrentController(space, seed: seed)
    case .evolution: EvolutionController(space, seed: seed)
    case .random: RandomController(space, seed: seed)
    }
  }
}
