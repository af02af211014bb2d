/// A network to scale, with the rule for scaling it.
///
///     let baseline = Baseline(try Variant(named: "b0"))
///     baseline.network(.paper, phi: 1)    // "b0-phi1"
public struct Baseline: Hashable, Sendable {
  /// The network at φ = 0.
  public let architecture: Architecture
  package let rule: ScalingRule

  /// Creates a baseline from any network.
  ///
  /// - Parameters:
  ///   - architecture: The network at φ = 0.
  ///   - rule: The layers that scaling changes and the rounding; EfficientNet's by default.
  public init(_ architecture: Architecture, rule: ScalingRule = .released) {
    (self.architecture, self.rule) = (architecture, rule)
  }

  /// Creates a baseline from a published network, with the rule of its family.
  ///
  /// - Parameter variant: The network at φ = 0.
  public init(_ variant: Variant) {
    self.init(variant.architecture, rule: variant.family.scalingRule)
  }

  package func with(classes: Int) -> Baseline {
    var architecture = architecture
    architecture.classes = classes
    return Baseline(architecture, rule: rule)
  }

  /// Returns the network at a scale.
  ///
  /// - Parameters:
  ///   - scale: The factors on channels and repeats, the resolution and the dropout.
  ///   - name: The name of the scaled network.
  public func network(_ scale: CompoundScale, name: String) -> Architecture {
    architecture.scaled(by: scale, name: name, rule: rule)
  }

  /// Returns the network at φ; at φ = 0 the baseline.
  ///
  /// - Parameters:
  ///   - coefficients: The growth of depth, width and resolution per step of φ.
  ///   - phi: The exponent φ; it may be negative or fractional.
  /// - Returns: A network named after the baseline and φ, for instance "b0-phi1".
  public func network(_ coefficients: CompoundCoefficients, phi: Double) -> Architecture {
    network(
      coefficients.scale(phi: phi, of: architecture),
      name: "\(architecture.name)-phi\(Self.text(phi))")
  }

  /// Returns φ with the decimals that it has, at most four: "1", "2.5".
  private static func text(_ phi: Double) -> String {
    let rounded = (phi * 10000).rounded() / 10000
    return rounded == rounded.rounded() && abs(rounded) < 1e6 ? "\(Int(rounded))" : "\(rounded)"
  }
}
