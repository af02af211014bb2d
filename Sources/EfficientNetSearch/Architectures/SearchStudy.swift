internal import EfficientNet

/// An architecture search: the space, the objective, the controller, and the amount of training.
public struct SearchStudy: Hashable, Codable, Sendable {
  /// The kinds of controllers.
  public enum ControllerKind: String, Hashable, Codable, Sendable, CaseIterable {
    /// ``RecurrentController``.
    case ppo
    /// ``EvolutionController``.
    case evolution
    /// ``RandomController``.
    case random
  }

  /// The space to search.
  public var space: SearchSpace
  /// The objective.
  public var objective: Objective
  /// The controller that proposes networks.
  public var controller: ControllerKind
  /// The number of proposals. A repeated proposal counts, but is not trained again.
  public var samples: Int
  /// The number of proposals between updates of the controller.
  public var batch: Int
  /// The number of networks with the highest rewards that are trained longer at the end; 0 for
  /// none.
  public var finalists: Int
  /// The number of epochs of the finalists' trainings.
  public var finalEpochs: Int
  /// The number of trainings of each finalist, with different seeds.
  public var finalSeeds: Int
  /// The latency table of this machine, if the objective is latency.
  public var latencies: LatencyTable?

  /// Creates a search from the properties of the same names.
  public init(
    _ space: SearchSpace, objective: Objective, controller: ControllerKind, samples: Int,
    batch: Int, finalists: Int, finalEpochs: Int, finalSeeds: Int, latencies: LatencyTable? = nil
  ) {
    (self.space, self.objective, self.controller) = (space, objective, controller)
    (self.samples, self.batch) = (samples, batch)
    (self.finalists, self.finalEpochs, self.finalSeeds) = (finalists, finalEpochs, finalSeeds)
    self.latencies = latencies
  }

  /// The reason why the study is invalid; nil if it is valid.
  var complaint: String? {
    for (name, value, range) in [
      ("samples", samples, 1...1_000_000), ("proposals at a time", batch, 1...10000),
      ("finalists", finalists, 0...1000), ("epochs of the finalists", finalEpochs, 1...100_000),
      ("trainings of each finalist", finalSeeds, 1...1000),
    ] where !range.contains(value) {
      return "the number of \(name) is \(value); "
        + "it must be \(range.lowerBound) to \(range.upperBound)"
    }
    if (objective.cost == .latency) != (latencies != nil) {
      return "a table of latencies is needed if the objective is latency, and only then"
    }
    return objective.complaint ?? space.complaint.map { "the search space: \($0)" }
  }

  /// The cost of a network in the unit of the objective's target.
  ///
  /// - Parameters:
  ///   - architecture: The network, with the number of classes of the photos.
  ///   - network: Its operations and parameters.
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
