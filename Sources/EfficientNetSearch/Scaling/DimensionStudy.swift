public import EfficientNet
internal import EfficientNetSystem

/// What depth, width and resolution bring, each alone and all together, at equal operations.
///
/// Source: Tan & Le 2019, [EfficientNet](https://arxiv.org/abs/1905.11946), figures 3, 4 and 8, table 7.
public struct DimensionStudy: Hashable, Codable, Sendable {
  /// What is scaled.
  public var baseline: Architecture
  /// How it is scaled.
  public var rule: ScalingRule
  /// How fast the dimensions grow together.
  public var coefficients: CompoundCoefficients
  /// By how much the operations grow, the points of each curve, each above 1.
  public var factors: [Double]
  /// Depths and resolutions under which width is scaled, too: the paper's figure 4.
  public var settings: [Setting]
  /// The networks, the baseline first.
  public var candidates: [Candidate]

  /// A depth and a resolution, as factors over the baseline.
  public struct Setting: Hashable, Codable, Sendable {
    /// The factor on repeats.
    public var depth: Double
    /// The factor on the side of the image.
    public var resolution: Double

    /// A setting.
    public init(depth: Double, resolution: Double) {
      (self.depth, self.resolution) = (depth, resolution)
    }

    /// The name of its curve.
    public var series: String { "width at d=\(depth), r=\(resolution)" }
  }

  /// The name of the curve of all dimensions together.
  public static let compound = "compound"

  /// A study.
  ///
  /// Every network's operations come as near as rounding allows to the baseline's times the factor.
  public init(
    _ baseline: Baseline, coefficients: CompoundCoefficients, factors: [Double],
    settings: [Setting] = []
  ) {
    (self.baseline, rule) = (baseline.architecture, baseline.rule)
    (self.coefficients, self.factors, self.settings) = (coefficients, factors, settings)
    let base = Double(NetworkCost(baseline.architecture).macs)
    var candidates = [
      Candidate(
        baseline.architecture, factors: CompoundCoefficients(depth: 1, width: 1, resolution: 1))
    ]
    func add(_ series: String, _ letter: String, _ direction: CompoundCoefficients) {
      for factor in factors {
        let phi = baseline.phi(direction, macs: factor * base)
        candidates.append(
          Candidate(
            baseline.shape(direction, phi: phi, name: "\(letter)-x\(factor)"),
            factors: direction.factors(phi: phi), series: series))
      }
    }
    let half = 2.0.squareRoot()
    add("depth", "d", CompoundCoefficients(depth: 2, width: 1, resolution: 1))
    add("width", "w", CompoundCoefficients(depth: 1, width: half, resolution: 1))
    add("resolution", "r", CompoundCoefficients(depth: 1, width: 1, resolution: half))
    add(Self.compound, "c", coefficients)
    for setting in settings {
      let name = "d\(setting.depth)-r\(setting.resolution)"
      for factor in [1] + factors {
        let wider = CompoundCoefficients(
          depth: setting.depth, width: factor.squareRoot(), resolution: setting.resolution)
        candidates.append(
          Candidate(
            baseline.shape(wider, phi: 1, name: "\(name)-w\(Self.text(wider.width))"),
            factors: wider, series: setting.series))
      }
    }
    self.candidates = candidates
  }

  /// With three digits at most: "1.414".
  private static func text(_ factor: Double) -> String { "\((factor * 1000).rounded() / 1000)" }

  /// The factor on the operations that a candidate stands for; nil for the baseline and the curves of ``settings``.
  public func factor(of candidate: Candidate) -> Double? {
    candidate.series != nil && candidate.name.split(separator: "-x").count == 2
      ? candidate.name.split(separator: "x").last.flatMap { Double($0) } : nil
  }
}
