internal import EfficientNet
internal import EfficientNetReports
internal import EfficientNetSystem

extension Study {
  /// Remarks on rounding, with remedies: on networks whose operations differ by more than 5 % from
  /// those asked for (10 % in a grid at φ = 1, whose α·β²·γ² differ already), and on distorted
  /// networks. Empty if there are none.
  package var roundingRemarks: [String] { [unevenRemark, distortionRemark].compactMap(\.self) }

  private var unevenRemark: String? {
    let networks = scaled
    let tolerance = networks.first?.isMatched == true ? 0.05 : 0.1
    let uneven = networks.filter { $0.misses(by: tolerance) }
    let worst = uneven.max { abs(log($0.reached / $0.asked)) < abs(log($1.reached / $1.asked)) }
    guard let worst else { return nil }
    var (cause, remedies) = cause(of: worst)
    if let pixels = evenResolution(tolerance) {
      remedies.removeAll { $0 == Rounding.largerResolution }
      remedies.append("--resolution \(pixels) brings all within \((100 * tolerance).fixed(0)) %")
    }
    return "rounding changes the operations of \(uneven.count) of "
      + "\(networks.count.counted("network", "networks")) by more than "
      + "\((100 * tolerance).fixed(0)) % "
      + "(\(title(of: worst.candidate)) has \(worst.reached.fixed(2)) times the baseline's, "
      + "not \(worst.asked.shortest) times\(cause))"
      + (remedies.isEmpty ? "" : ": " + remedies.joined(separator: "; "))
  }

  /// The reason why a network misses the operations asked for, such as ": the next larger one, with
  /// 37 pixels instead of 36, has 2.17 times", and remedies.
  private func cause(of network: ScaledCandidate) -> (words: String, remedies: [String]) {
    let rounding = network.rounding
    var remedies = rounding.remedies
    guard network.isMatched, let rule, let factors = network.candidate.factors else {
      // The parts of rounding explain a network only if they change it in the direction of a miss.
      let isExplained = (network.reached > network.asked) == (network.reached > network.own)
      if case .grid(let study) = self, !study.matchesCost {
        remedies.insert("--equal-macs adjusts the φ of each network to the operations", at: 0)
      }
      return (isExplained ? ": \(rounding.words)" : "", remedies)
    }
    let baseline = Baseline(baseline, rule: rule)
    let macs = Double(NetworkCost(baseline.architecture).macs)
    let (below, above) = baseline.phis(factors, around: network.asked * macs)
    let isSmall = network.reached < network.asked
    guard let phi = isSmall ? above : below else { return ("", remedies) }
    let other = baseline.shape(factors, phi: phi, name: "-")
    let (pixels, own) = (other.resolution, network.candidate.architecture.resolution)
    let larger = Rounding.largerResolution
    if pixels != own, !remedies.contains(larger) { remedies.append(larger) }
    return (
      ": the next \(isSmall ? "larger" : "smaller") one"
        + (pixels == own ? "" : ", with \(pixels) pixels instead of \(own),")
        + " has \((Double(NetworkCost(other).macs) / macs).fixed(2)) times", remedies
    )
  }

  /// The resolution nearest to that of a comparison of dimensions at which no network misses its
  /// operations or is distorted, within 32 pixels; nil if there is none, and for other studies.
  ///
  /// Only multiples of the strides together count: at others, the maps of the baseline round up.
  private func evenResolution(_ tolerance: Double) -> Int? {
    guard case .dimensions(let study) = self else { return nil }
    let own = study.baseline.resolution
    let stride = study.baseline.stages.reduce(2) { $0 * $1.stride }
    return (1...32).lazy.flatMap { [own + $0, own - $0] }.first { pixels in
      var baseline = study.baseline
      baseline.resolution = pixels
      guard pixels % stride == 0, 2 * pixels >= own, (try? baseline.validate()) != nil else {
        return false
      }
      let other = DimensionStudy(
        Baseline(baseline, rule: study.rule), coefficients: study.coefficients,
        factors: study.factors)
      return !Study.dimensions(other).scaled.contains {
        $0.misses(by: tolerance) || $0.isDistorted
      }
    }
  }

  private var distortionRemark: String? {
    let networks = scaled
    let distorted = networks.filter(\.isDistorted)
    let worst = distorted.max { $0.distortion < $1.distortion }
    guard let worst else { return nil }
    return "rounding distorts \(distorted.count) of "
      + "\(networks.count.counted("network", "networks")): \(words(on: worst)); "
      + worst.rounding.remedies.joined(separator: "; ")
  }

  /// Returns whether rounding, not the factors on depth, width and resolution, gives a network many
  /// of its operations: they exceed the product of the network's factors by more than 25 %.
  ///
  /// Only networks that are scaled to given operations can be distorted.
  package func isDistorted(_ candidate: Candidate) -> Bool {
    scaled.first { $0.candidate == candidate }?.isDistorted ?? false
  }

  /// A sentence on a distorted network, such as "compound 2×: its factors give 1.12×, it has 2.06×;
  /// the rest is rounding: maps round up at 33 pixels"; nil for others.
  func distortionWords(on candidate: Candidate) -> String? {
    guard let network = scaled.first(where: { $0.candidate == candidate }),
      network.isDistorted
    else { return nil }
    return words(on: network)
  }

  private func words(on network: ScaledCandidate) -> String {
    let phi = network.candidate.phi ?? 1
    let moved = phi == 1 ? "" : " (φ is moved from 1 to \(phi.fixed(3)) for equal operations)"
    return "\(title(of: network.candidate))\(moved): its factors give \(network.own.fixed(2))×, it "
      + "has \(network.reached.fixed(2))×; the rest is rounding: \(network.rounding.words)"
  }

  /// The rounding rule; nil if nothing is scaled.
  private var rule: ScalingRule? {
    switch self {
    case .grid(let study): study.rule
    case .dimensions(let study): study.rule
    case .architectures: nil
    }
  }

  /// The candidates that aim at given operations.
  private var scaled: [ScaledCandidate] {
    guard let rule else { return [] }
    let baseline = Baseline(baseline, rule: rule)
    let macs = Double(NetworkCost(baseline.architecture).macs)
    return candidates.compactMap { candidate in
      let (asked, isMatched): (Double?, Bool) =
        switch self {
        case .grid(let study): (study.grid.budget, study.matchesCost)
        case .dimensions(let study): (study.factor(of: candidate), true)
        case .architectures: (nil, false)
        }
      guard let asked, let factors = candidate.factors else { return nil }
      return ScaledCandidate(
        candidate: candidate, asked: asked,
        reached: Double(NetworkCost(candidate.architecture).macs) / macs, own: factors.cost,
        isMatched: isMatched, rounding: Rounding(baseline, factors: factors))
    }
  }
}

/// A candidate with the factors on the baseline's operations.
private struct ScaledCandidate {
  let candidate: Candidate
  /// The factor that was asked for.
  let asked: Double
  /// The factor that the network has.
  let reached: Double
  /// The product of the network's factors: depth · width² · resolution².
  let own: Double
  /// Whether the factors were chosen for the operations.
  let isMatched: Bool
  let rounding: Rounding

  /// The factor by which rounding changes the operations. Below 1 also because some layers, such as
  /// the head, grow less than the factors.
  var distortion: Double { reached / own }
  var isDistorted: Bool { isMatched && distortion > 1.25 }

  /// Whether the operations differ from those asked for by more than a share of them.
  func misses(by tolerance: Double) -> Bool { abs(reached / asked - 1) > tolerance }
}
