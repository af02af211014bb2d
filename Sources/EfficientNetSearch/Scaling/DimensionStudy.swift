public import EfficientNet
internal import EfficientNetReports
internal import EfficientNetSystem

/// A comparison of depth, width and resolution, each alone and all together, at operations that are
/// as nearly equal as rounding allows.
///
/// Source: Tan & Le 2019, [EfficientNet](https://arxiv.org/abs/1905.11946), figures 3, 4 and 8,
/// table 7.
public struct DimensionStudy: Hashable, Codable, Sendable {
  /// The network that is scaled.
  public var baseline: Architecture
  /// The rounding rule.
  public var rule: ScalingRule
  /// The coefficients of compound scaling.
  public var coefficients: CompoundCoefficients
  /// The factors on the operations, which are the points of each curve; each is above 1.
  public var factors: [Double]
  /// Additional depths and resolutions at which width is scaled, as in the paper's figure 4.
  public var settings: [Setting]
  /// The networks, the baseline first.
  public var candidates: [Candidate]

  /// A depth and a resolution, as factors over the baseline.
  public struct Setting: Hashable, Codable, Sendable {
    /// The factor on repeats.
    public var depth: Double
    /// The factor on the side of the image.
    public var resolution: Double

    /// Creates a setting.
    public init(depth: Double, resolution: Double) {
      (self.depth, self.resolution) = (depth, resolution)
    }

    /// The name of the setting's curve.
    public var series: String { "width at d=\(depth), r=\(resolution)" }
  }

  /// The name of the curve of compound scaling.
  public static let compound = "compound"
  /// The names of the curves with a network for each of ``factors``.
  static let curves = ["depth", "width", "resolution", compound]

  /// Creates a study from the properties of the same names. The operations of each network are as
  /// close to the factor times the baseline's as rounding allows.
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
    func add(_ series: String, _ direction: CompoundCoefficients) {
      for factor in factors {
        let phi = baseline.phi(direction, macs: factor * base)
        candidates.append(
          Candidate(
            baseline.shape(direction, phi: phi, name: "\(series)-\(factor.shortest)x"),
            factors: direction.factors(phi: phi), series: series))
      }
    }
    let half = 2.0.squareRoot()
    add("depth", CompoundCoefficients(depth: 2, width: 1, resolution: 1))
    add("width", CompoundCoefficients(depth: 1, width: half, resolution: 1))
    add("resolution", CompoundCoefficients(depth: 1, width: 1, resolution: half))
    add(Self.compound, coefficients)
    for setting in settings {
      let name = "depth-\(setting.depth.shortest)x-resolution-\(setting.resolution.shortest)x"
      for factor in [1] + factors {
        let wider = CompoundCoefficients(
          depth: setting.depth, width: factor.squareRoot(), resolution: setting.resolution)
        candidates.append(
          Candidate(
            baseline.shape(wider, phi: 1, name: "\(name)-width-\(Self.text(wider.width))x"),
            factors: wider, series: setting.series))
      }
    }
    self.candidates = candidates
  }

  /// A factor with at most three digits after the point, such as "1.414".
  private static func text(_ factor: Double) -> String {
    ((factor * 1000).rounded() / 1000).shortest
  }

  /// Returns the factor on the operations that a candidate aims at; nil for the baseline and for
  /// the curves of ``settings``.
  package func factor(of candidate: Candidate) -> Double? {
    guard let series = candidate.series, Self.curves.contains(series) else { return nil }
    let curve = candidates.filter { $0.series == series }
    // A curve has its networks in the order of the factors.
    return zip(curve, factors).first { $0.0.name == candidate.name }?.1
  }

  /// Returns the factor on the operations that a candidate has after rounding.
  package func reachedFactor(of candidate: Candidate) -> Double {
    Double(NetworkCost(candidate.architecture).macs) / Double(NetworkCost(baseline).macs)
  }

  /// Returns a candidate's name in words, such as "depth 2×" by its operations, or
  /// "d=2 r=1 w=1.414" by its factors, as the chart of ``settings`` names its curves.
  func title(of candidate: Candidate) -> String {
    guard let series = candidate.series else { return "baseline" }
    if let factor = factor(of: candidate) { return "\(series) \(factor.shortest)×" }
    guard let factors = candidate.factors else { return candidate.name }
    return "\(Self.words(depth: factors.depth, resolution: factors.resolution)) "
      + "w=\(Self.text(factors.width))"
  }

  /// A depth and a resolution as factors, such as "d=2 r=1".
  static func words(depth: Double, resolution: Double) -> String {
    "d=\(depth.shortest) r=\(resolution.shortest)"
  }

  /// A sentence on the names by factors; nil if there are none.
  package var settingsRemark: String? {
    settings.first.map {
      "\(Self.words(depth: $0.depth, resolution: $0.resolution)) w=1: named by its factors on "
        + "depth, resolution and width, not by its operations"
    }
  }
}
