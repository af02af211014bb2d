/// A network that is scaled, and what of it a scale changes.
///
///     let baseline = Baseline(try Variant(named: "b0"))
///     baseline.network(.paper, phi: 1)    // "b0-phi1"
public struct Baseline: Hashable, Sendable {
  /// The network at φ = 0.
  public let architecture: Architecture
  package let rule: ScalingRule

  /// A network of one's own, by EfficientNet's rule unless another is given.
  public init(_ architecture: Architecture, rule: ScalingRule = .released) {
    (self.architecture, self.rule) = (architecture, rule)
  }

  /// A published network, by its family's rule.
  public init(_ variant: Variant) {
    self.init(variant.architecture, rule: variant.family.scalingRule)
  }

  /// The same with as many classes.
  package func with(classes: Int) -> Baseline {
    var architecture = architecture
    architecture.classes = classes
    return Baseline(architecture, rule: rule)
  }

  /// The network at a scale.
  public func network(_ scale: CompoundScale, name: String) -> Architecture {
    architecture.scaled(by: scale, name: name, rule: rule)
  }

  /// The network at φ; at φ = 0 the baseline.
  public func network(_ coefficients: CompoundCoefficients, phi: Double) -> Architecture {
    network(
      coefficients.scale(phi: phi, of: architecture),
      name: "\(architecture.name)-phi\(Self.text(phi))")
  }

  /// φ with as many digits as it has, at most four: "1", "2.5".
  private static func text(_ phi: Double) -> String {
    let rounded = (phi * 10000).rounded() / 10000
    return rounded == rounded.rounded() && abs(rounded) < 1e6 ? "\(Int(rounded))" : "\(rounded)"
  }
}
