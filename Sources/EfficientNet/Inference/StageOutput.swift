public import EfficientNetCompute

/// A value on a network's way, with the name of the part that made it.
public struct StageOutput: Sendable {
  /// "conv_stem", "blocks.0" (the whole stage), "conv_head", "global_pool" or "classifier".
  public let name: String
  /// (n, h, w, c), after batch norm, activation and sum.
  public let value: Tensor
}

/// A network has no stage of a name.
public struct UnknownStage: Error, Hashable, CustomStringConvertible {
  private let name, network: String
  /// The names of the stages that the network has.
  private let stages: [String]

  package init(name: String, network: String, stages: [String]) {
    (self.name, self.network, self.stages) = (name, network, stages)
  }

  /// For instance "lite0 has no stage 'blocks.9'; it has conv_stem, blocks.0, …, global_pool, classifier".
  public var description: String {
    "\(network) has no stage \(WeightsError.quoted(name)); it has \(stages.joined(separator: ", "))"
      .oneLine
  }
}

extension Architecture {
  /// The names of the parts whose outputs can be looked at: "conv_stem", "blocks.0" …, "conv_head", "global_pool",
  /// "classifier".
  ///
  /// - Precondition: the network is valid.
  public var stageNames: [String] { Graph(self).stageEnds.map(\.name) }
}
