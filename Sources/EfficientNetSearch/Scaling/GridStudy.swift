public import EfficientNet
internal import EfficientNetSystem

/// The grid of α, β and γ for the paper's grid search.
///
///     let grid = ScalingGrid()
///     grid.points.count   // 108, α 1.2, β 1.1, γ 1.15 among them
///
/// Source: Tan & Le 2019, [EfficientNet](https://arxiv.org/abs/1905.11946), section 3.3, step 1: φ
/// is fixed at 1, and α, β, γ are searched under α · β² · γ² ≈ 2. The paper states no grid; steps
/// of 0.05 contain its result.
public struct ScalingGrid: Hashable, Codable, Sendable {
  /// The factor on the operations, α · β² · γ².
  public var budget: Double
  /// The allowed distance of α · β² · γ² from ``budget``.
  public var tolerance: Double
  /// The distance between values of α, β and γ.
  public var step: Double
  /// The largest α.
  public var mostDepth: Double
  /// The largest β and γ.
  public var mostWidth: Double

  /// Creates a grid from the properties of the same names; the default contains the paper's result.
  public init(
    budget: Double = 2, tolerance: Double = 0.1, step: Double = 0.05, mostDepth: Double = 2,
    mostWidth: Double = 1.5
  ) {
    (self.budget, self.tolerance, self.step) = (budget, tolerance, step)
    (self.mostDepth, self.mostWidth) = (mostDepth, mostWidth)
  }

  /// The reason why the grid is invalid; nil if it is valid.
  public var complaint: String? {
    if !(budget > 1 && budget <= 1e6) {
      return "the budget is \(budget); it must be above 1 and at most 1000000"
    }
    if !(tolerance >= 0 && tolerance.isFinite) {
      return "the tolerance is \(tolerance); it must be at least 0"
    }
    for (name, most) in [("α", mostDepth), ("β and γ", mostWidth)]
    where !(most >= 1 && most <= 1000) {
      return "the largest \(name) is \(most); it must be 1 to 1000"
    }
    // The step limits each of α, β and γ to a thousand values.
    let least = max(mostDepth, mostWidth) / 1000
    return step >= least && step <= 1000
      ? nil : "the step of the grid is \(step); it must be \(least) to 1000"
  }

  /// The points, sorted by α, β and γ.
  ///
  /// - Precondition: ``complaint`` is nil.
  public var points: [CompoundCoefficients] {
    let complaint = complaint
    require(complaint == nil, complaint ?? "")
    let widths = values(to: mostWidth)
    return values(to: mostDepth).flatMap { depth in
      widths.flatMap { width in
        widths.compactMap { resolution in
          let point = CompoundCoefficients(depth: depth, width: width, resolution: resolution)
          return point.meets(budget: budget, tolerance: tolerance) ? point : nil
        }
      }
    }
  }

  /// The values from 1 to a maximum, without accumulated rounding errors.
  private func values(to most: Double) -> [Double] {
    let count = Int(((most - 1) / step + 1e-9).rounded(.down))
    return (0...max(0, count)).map { ((1 + Double($0) * step) * 1e6).rounded() / 1e6 }
  }

  /// Returns a number of points that are far from each other, sorted by α, β and γ.
  ///
  /// The first is the paper's, or the one nearest to the middle if the grid does not contain it.
  /// Each further point is the one farthest from those selected before.
  ///
  /// - Parameter count: The number of points.
  /// - Precondition: ``complaint`` is nil, and `count` is at least 1.
  public func points(_ count: Int) -> [CompoundCoefficients] {
    require(count >= 1, "count is \(count); it must be at least 1")
    let points = points
    guard count < points.count else { return points }
    let middle = [\CompoundCoefficients.depth, \.width, \.resolution].map { path in
      points.reduce(0) { $0 + $1[keyPath: path] } / Double(points.count)
    }
    let center = CompoundCoefficients(
      depth: middle[0], width: middle[1], resolution: middle[2])
    var chosen = [
      points.firstIndex(of: .paper)
        ?? points.indices.min {
          Self.distance(points[$0], center) < Self.distance(points[$1], center)
        } ?? 0
    ]
    // The distance of each point to the nearest selected one.
    var nearest = points.map { Self.distance($0, points[chosen[0]]) }
    while chosen.count < count {
      let farthest = points.indices.max { nearest[$0] < nearest[$1] }
      guard let farthest, nearest[farthest] > 0 else { break }
      chosen.append(farthest)
      for index in points.indices {
        nearest[index] = min(nearest[index], Self.distance(points[index], points[farthest]))
      }
    }
    return chosen.sorted().map { points[$0] }
  }

  /// The squared distance in terms of cost: width and resolution count twice.
  private static func distance(_ a: CompoundCoefficients, _ b: CompoundCoefficients) -> Double {
    let depth = log(a.depth / b.depth)
    let width = 2 * log(a.width / b.width)
    let resolution = 2 * log(a.resolution / b.resolution)
    return depth * depth + width * width + resolution * resolution
  }
}

/// A grid search for α, β and γ. Every candidate is the baseline at φ = 1 with other coefficients.
public struct GridStudy: Hashable, Codable, Sendable {
  /// The network that is scaled.
  public var baseline: Architecture
  /// The rounding rule.
  public var rule: ScalingRule
  /// The grid to search.
  public var grid: ScalingGrid
  /// Whether each candidate's φ is adjusted so that its operations come as close as possible to
  /// ``ScalingGrid/budget`` times the baseline's.
  ///
  /// Otherwise φ is 1, and a network may win only because it was rounded up: repeats of 1 and 2
  /// become 2 and 3 for the smallest α above 1.
  public var matchesCost: Bool
  /// The number of times that the better half of the candidates is trained again for twice as long.
  public var halvings: Int
  /// The networks.
  public var candidates: [Candidate]

  /// Creates a study from the properties of the same names.
  ///
  /// - Parameter points: The number of points of the grid, at least 1; nil for all.
  /// - Precondition: ``ScalingGrid/complaint`` of the grid is nil.
  public init(
    _ baseline: Baseline, grid: ScalingGrid, points: Int? = nil, matchesCost: Bool = false,
    halvings: Int = 0
  ) {
    (self.baseline, rule) = (baseline.architecture, baseline.rule)
    (self.grid, self.matchesCost, self.halvings) = (grid, matchesCost, halvings)
    let macs = grid.budget * Double(NetworkCost(baseline.architecture).macs)
    candidates = (points.map(grid.points) ?? grid.points).map { point in
      let phi = matchesCost ? baseline.phi(point, macs: macs) : 1
      let name = "a\(point.depth)-b\(point.width)-g\(point.resolution)"
      return Candidate(
        baseline.shape(point, phi: phi, name: name), coefficients: point, phi: phi)
    }
  }

  /// Returns the rounds of the search: the number of epochs, and the number of candidates, which
  /// are the best of the previous round.
  ///
  /// - Parameter epochs: The number of epochs of the last round.
  /// - Precondition: ``halvings`` is at least 0.
  public func rounds(epochs: Int) -> [(epochs: Int, candidates: Int)] {
    (0...halvings).reversed().map { left in
      (max(1, epochs >> left), max(1, candidates.count >> (halvings - left)))
    }
  }
}

extension Baseline {
  /// The network at φ with the baseline's dropout, since studies compare architectures.
  func shape(_ coefficients: CompoundCoefficients, phi: Double, name: String) -> Architecture {
    var scale = coefficients.scale(phi: phi, of: architecture)
    scale.dropout = architecture.dropout
    return network(scale, name: name)
  }

  /// Returns the φ, at least 0, whose network has multiply-accumulate operations closest to `macs`.
  ///
  /// Operations grow with φ in steps. Of the φ of a step, the largest is returned, which has the
  /// highest resolution. Networks that cannot be built are not considered. If operations do not
  /// grow with φ, the result is 0.
  public func phi(_ coefficients: CompoundCoefficients, macs: Double) -> Double {
    let (below, above) = phis(coefficients, around: macs)
    guard let above else { return below }
    func distance(_ phi: Double) -> Double {
      let network = network(coefficients, phi: phi)
      return abs(log(Double(NetworkCost(network).macs) / macs))
    }
    return distance(below) <= distance(above) ? below : above
  }

  /// Returns the φ of the last step with at most `macs` operations, and that of the next step; nil
  /// for the next if its network cannot be built, or if operations do not grow with φ.
  func phis(
    _ coefficients: CompoundCoefficients, around macs: Double
  ) -> (below: Double, above: Double?) {
    guard coefficients.cost > 1 else { return (0, nil) }
    /// The operations at φ; infinity for networks that cannot be built.
    func cost(_ phi: Double) -> Double {
      let network = network(coefficients, phi: phi)
      guard (try? network.validate()) != nil else { return .infinity }
      return Double(NetworkCost(network).macs)
    }
    /// The last φ whose network costs at most `limit`, and a φ that is at most a millionth larger
    /// and exceeds it: a narrow step must not be skipped.
    func last(_ limit: Double) -> (low: Double, high: Double) {
      var (low, high) = (0.0, 1.0)
      // Rounding may suppress all growth, so the search needs an end.
      while cost(high) <= limit, high < 0x1p30 { (low, high) = (high, 2 * high) }
      while high - low > 1e-6 * max(1, high) {
        let middle = (low + high) / 2
        if cost(middle) <= limit { low = middle } else { high = middle }
      }
      return (low, high)
    }
    let (below, next) = last(macs)
    let step = cost(next)
    return (below, step.isFinite && step > macs ? last(step).low : nil)
  }
}
