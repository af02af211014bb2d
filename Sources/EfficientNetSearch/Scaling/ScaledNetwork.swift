package import EfficientNet

/// A scaled network and its cost.
package struct ScaledNetwork: Encodable {
  /// A released network to compare with.
  package struct Released: Encodable {
    package let name: String
    package let depth, width: Double
    package let resolution, parameters, macs: Int
    /// The network's row of the paper's table 2.
    package let paper: Variant.PaperRow?

    init(_ variant: Variant) {
      let cost = NetworkCost(variant.architecture)
      name = variant.name
      (depth, width) = (variant.scale.depth, variant.scale.width)
      resolution = variant.scale.resolution
      (parameters, macs) = (cost.parameters, cost.macs)
      paper = variant.paper
    }
  }

  package let name: String
  package let phi, depth, width: Double
  /// The factor by which the image's side is multiplied, before it is rounded to whole pixels.
  package let resolutionFactor: Double
  package let resolution: Int
  /// The repeats and channels of each stage, after rounding.
  package let repeats, channels: [Int]
  package let parameters, macs, activationBytes: Int
  /// The factors by which rounding changes the operations.
  package let rounding: Rounding
  package var medianMS: Double?
  /// The bytes of the weights and activations of a run, if they were counted.
  package var memoryBytes: Int?
  package let released: Released?
  /// The path of its JSON file, if it was written.
  package var file: String?

  package init(
    _ network: Architecture, of baseline: Baseline, phi: Double, factors: CompoundCoefficients,
    released: Variant?
  ) {
    let cost = NetworkCost(network)
    (name, self.phi) = (network.name, phi)
    (depth, width, resolutionFactor) = (factors.depth, factors.width, factors.resolution)
    resolution = network.resolution
    (repeats, channels) = (network.stages.map(\.repeats), network.stages.map(\.channels))
    (parameters, macs) = (cost.parameters, cost.macs)
    activationBytes = cost.activationBytes
    rounding = Rounding(baseline, factors: factors)
    self.released = released.map(Released.init)
  }
}
