public import EfficientNetCompute

/// An intermediate activation of a network, with the name of the part that computes it.
public struct StageOutput: Sendable {
  /// The name of the part: "conv_stem", "blocks.0" (the whole stage), "conv_head", "global_pool" or
  /// "classifier".
  public let name: String
  /// The activation, (n, h, w, c), after batch norm, activation function and sum.
  public let value: Tensor
}

/// An error for a stage name that the network does not have.
public struct UnknownStage: LibraryError {
  private let name, network: String
  /// The names of the network's stages.
  private let stages: [String]

  package init(name: String, network: String, stages: [String]) {
    (self.name, self.network, self.stages) = (name, network, stages)
  }

  /// The error in one line, for instance "lite0 has no stage 'blocks.9'; it has conv_stem,
  /// blocks.0, …, global_pool, classifier".
  public var description: String {
    "\(network) has no stage \(WeightsError.quoted(name)); it has \(stages.joined(separator: ", "))"
      .oneLine
  }

  /// Always "unknownStage".
  public var kind: String { "unknownStage" }
}

extension Architecture {
  /// The names of the parts whose outputs can be requested: "conv_stem", "blocks.0" …, "conv_head",
  /// "global_pool", "classifier".
  ///
  /// - Precondition: ``Architecture/validate()`` accepts the network.
  public var stageNames: [String] { Graph(self).stageEnds.map(\.name) }
}
