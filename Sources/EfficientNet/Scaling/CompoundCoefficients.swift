internal import EfficientNetSystem

/// How fast depth, width and resolution grow together: by α^φ, β^φ and γ^φ.
///
///     let b0 = try Variant(named: "b0").architecture
///     CompoundCoefficients.paper.scale(phi: 3, of: b0)   // depth 1.728, width 1.331, 341 pixels
///
/// Source: Tan & Le 2019, [EfficientNet](https://arxiv.org/abs/1905.11946), equation 3.
public struct CompoundCoefficients: Hashable, Codable, Sendable {
  /// α, the factor on repeats for each step of φ.
  public var depth: Double
  /// β, the factor on channels.
  public var width: Double
  /// γ, the factor on the side of the image.
  public var resolution: Double

  /// Coefficients.
  public init(depth: Double, width: Double, resolution: Double) {
    (self.depth, self.width, self.resolution) = (depth, width, resolution)
  }

  /// Those that the paper's grid search found for B0.
  public static let paper = CompoundCoefficients(depth: 1.2, width: 1.1, resolution: 1.15)

  /// α · β² · γ², by which multiply-accumulate operations grow for each step of φ, as long as nothing is rounded: about 2 is
  /// what the paper asks for.
  public var cost: Double { depth * width * width * resolution * resolution }

  /// How often each step of φ doubles the operations: log₂ of ``cost``.
  package var doublings: Double { log2(cost) }

  /// What the paper asks of them: each at least 1, and ``cost`` within `tolerance` of `budget`.
  package func meets(budget: Double = 2, tolerance: Double = 0.1) -> Bool {
    depth >= 1 && width >= 1 && resolution >= 1 && abs(cost - budget) < tolerance
  }

  /// The factors α^φ, β^φ and γ^φ.
  package func factors(phi: Double) -> CompoundCoefficients {
    CompoundCoefficients(
      depth: pow(depth, phi), width: pow(width, phi), resolution: pow(resolution, phi))
  }

  /// The scale of a baseline at φ.
  ///
  /// The side of the image is rounded to whole pixels. Dropout grows as from B0 to B7, by 0.3 over seven steps of φ, up to 0.5;
  /// below φ = 0 it stays.
  public func scale(phi: Double, of baseline: Architecture) -> CompoundScale {
    let factors = factors(phi: phi)
    let grown = baseline.dropout + 0.3 * max(0, phi) / 7
    let pixels = (Double(baseline.resolution) * factors.resolution).rounded()
    return CompoundScale(
      width: factors.width, depth: factors.depth,
      resolution: max(1, Int(CompoundScale.limited(pixels))),
      dropout: max(baseline.dropout, min(0.5, grown)))
  }
}
