package import EfficientNet
internal import EfficientNetSystem

extension GridStudy {
  package var adjustsPhi: Bool { candidates.contains { $0.phi != 1 } }

  /// Returns the α, β and γ whose network at φ = 1 is a candidate, if the baseline is read from a
  /// file: the candidate's own at φ = 1, and otherwise their powers of φ, with at least three digits
  /// after the point and as many more as the network needs.
  ///
  /// - Returns: The coefficients; nil if the rounding rule is that of a family, which a file does not
  ///   have.
  package func fileCoefficients(of candidate: Candidate) -> CompoundCoefficients? {
    guard rule == .released || rule == .released.fine, let factors = candidate.factors else {
      return nil
    }
    if candidate.phi == 1 { return candidate.coefficients }
    let baseline = Baseline(baseline, rule: rule)
    for digits in 3..<15 {
      let unit = pow(10, Double(digits))
      func rounded(_ factor: Double) -> Double { (factor * unit).rounded() / unit }
      let short = CompoundCoefficients(
        depth: rounded(factors.depth), width: rounded(factors.width),
        resolution: rounded(factors.resolution))
      let network = baseline.shape(short, phi: 1, name: candidate.name)
      if network == candidate.architecture { return short }
    }
    return factors
  }
}
