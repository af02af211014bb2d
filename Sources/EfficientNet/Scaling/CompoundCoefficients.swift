internal import EfficientNetSystem

/// The growth of depth, width and resolution per step of φ: the factors are α^φ, β^φ and γ^φ.
///
///     let b0 = try Variant(named: "b0").architecture
///     CompoundCoefficients.paper.scale(phi: 3, of: b0)   // depth 1.728, width 1.331, 341 pixels
///
/// Source: Tan & Le 2019, [EfficientNet](https://arxiv.org/abs/1905.11946), equation 3.
public struct CompoundCoefficients: Hashable, Codable, Sendable {
  /// α, the factor on repeats per step of φ.
  public var depth: Double
  /// β, the factor on channels per step of φ.
  public var width: Double
  /// γ, the factor on the side of the image per step of φ.
  public var resolution: Double

  /// Creates coefficients.
  ///
  /// - Parameters:
  ///   - depth: α, the factor on repeats per step of φ.
  ///   - width: β, the factor on channels per step of φ.
  ///   - resolution: γ, the factor on the side of the image per step of φ.
  public init(depth: Double, width: Double, resolution: Double) {
    (self.depth, self.width, self.resolution) = (depth, width, resolution)
  }

  /// The coefficients that the paper's grid search found for B0: 1.2, 1.1 and 1.15.
  public static let paper = CompoundCoefficients(depth: 1.2, width: 1.1, resolution: 1.15)

  /// α · β² · γ², the factor on multiply-accumulate operations per step of φ without rounding. The
  /// paper asks for about 2.
  public var cost: Double { depth * width * width * resolution * resolution }

  /// The number of doublings of the operations per step of φ: log₂ of ``cost``.
  package var doublings: Double { log2(cost) }

  /// Returns whether the coefficients meet the paper's conditions: each is at least 1, and ``cost``
  /// is within `tolerance` of `budget`.
  package func meets(budget: Double = 2, tolerance: Double = 0.1) -> Bool {
    depth >= 1 && width >= 1 && resolution >= 1 && abs(cost - budget) < tolerance
  }

  package func factors(phi: Double) -> CompoundCoefficients {
    CompoundCoefficients(
      depth: pow(depth, phi), width: pow(width, phi), resolution: pow(resolution, phi))
  }

  /// Returns the scale of a baseline at φ.
  ///
  /// The side of the image is rounded to whole pixels. Dropout grows as from B0 to B7: by 0.3 over
  /// seven steps of φ, up to 0.5. Below φ = 0 it keeps the baseline's value.
  ///
  /// - Parameters:
  ///   - phi: The exponent φ; it may be negative or fractional.
  ///   - baseline: The network at φ = 0.
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
