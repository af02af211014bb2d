public import EfficientNet
internal import EfficientNetSystem

/// The α, β and γ that the paper's grid search compares.
///
///     let grid = ScalingGrid()
///     grid.points.count   // 108, α 1.2, β 1.1, γ 1.15 among them
///
/// Source: Tan & Le 2019, [EfficientNet](https://arxiv.org/abs/1905.11946), section 3.3, step 1: φ is fixed at 1, and α, β, γ are
/// sought with α · β² · γ² ≈ 2. The paper does not say where; steps of 0.05 hold its result.
public struct ScalingGrid: Hashable, Codable, Sendable {
  /// By how much the operations grow.
  public var budget: Double
  /// How far α · β² · γ² may be from ``budget``.
  public var tolerance: Double
  /// From one value to the next.
  public var step: Double
  /// The largest α.
  public var mostDepth: Double
  /// The largest β and γ.
  public var mostWidth: Double

  /// The paper's.
  public init(
    budget: Double = 2, tolerance: Double = 0.1, step: Double = 0.05, mostDepth: Double = 2,
    mostWidth: Double = 1.5
  ) {
    (self.budget, self.tolerance, self.step) = (budget, tolerance, step)
    (self.mostDepth, self.mostWidth) = (mostDepth, mostWidth)
  }

  /// What is wrong with the numbers; nil if nothing.
  public var complaint: String? {
    if !(budget > 1 && budget <= 1e6) {
      return "the budget is \(budget); it must be above 1, and at most 1000000"
    }
    if !(tolerance >= 0 && tolerance.isFinite) {
      return "the tolerance is \(tolerance); it must be 0 or more"
    }
    for (name, most) in [("α", mostDepth), ("β and γ", mostWidth)]
    where !(most >= 1 && most <= 1000) {
      return "the largest \(name) is \(most); it must be 1 to 1000"
    }
    // At most a thousand values of each.
    let least = max(mostDepth, mostWidth) / 1000
    return step >= least && step <= 1000
      ? nil : "the step of the grid is \(step); it must be \(least) to 1000"
  }

  /// The points, by α, then by β, then by γ.
  ///
  /// - Precondition: ``complaint`` is nil.
  public var points: [CompoundCoefficients] {
    if let complaint { preconditionFailure(complaint) }
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

  /// From 1 on, without what adding up steps would add up to.
  private func values(to most: Double) -> [Double] {
    let count = Int(((most - 1) / step + 1e-9).rounded(.down))
    return (0...max(0, count)).map { ((1 + Double($0) * step) * 1e6).rounded() / 1e6 }
  }

  /// So many of the points, far from each other: the paper's first if it is there, else that nearest to the middle of all; then
  /// always the one farthest from those that there are. By α, β and γ again.
  ///
  /// - Precondition: ``complaint`` is nil, and the count is at least 1.
  public func points(_ count: Int) -> [CompoundCoefficients] {
    precondition(count >= 1, "\(count) points of a grid")
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
    // Of every point, how far the nearest of those chosen is.
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

  /// In what each costs: width and resolution count twice.
  private static func distance(_ a: CompoundCoefficients, _ b: CompoundCoefficients) -> Double {
    let depth = log(a.depth / b.depth)
    let width = 2 * log(a.width / b.width)
    let resolution = 2 * log(a.resolution / b.resolution)
    return depth * depth + width * width + resolution * resolution
  }
}

/// A grid search for α, β and γ: every candidate is the baseline at φ = 1 with other coefficients.
public struct GridStudy: Hashable, Codable, Sendable {
  /// What is scaled.
  public var baseline: Architecture
  /// How it is scaled.
  public var rule: ScalingRule
  /// Where it is looked.
  public var grid: ScalingGrid
  /// Whether each candidate's φ is moved from 1 so that its operations come as near as they can to ``ScalingGrid/budget`` times
  /// the baseline's. Otherwise what is rounded up costs nothing in the comparison: repeats of 1 and 2 become 2 and 3 from the
  /// smallest α on.
  public var matchesCost: Bool
  /// How often the better half of the candidates is trained again, twice as long, after all were trained briefly.
  public var halvings: Int
  /// The networks.
  public var candidates: [Candidate]

  /// A search.
  ///
  /// - Parameter points: How many of the grid's, at least 1; nil for all.
  /// - Precondition: the grid's ``ScalingGrid/complaint`` is nil.
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

  /// The rounds of the search: how long candidates are trained, and how many of them, the best of the round before.
  ///
  /// - Precondition: there are 0 or more halvings.
  public func rounds(epochs: Int) -> [(epochs: Int, candidates: Int)] {
    (0...halvings).reversed().map { left in
      (max(1, epochs >> left), max(1, candidates.count >> (halvings - left)))
    }
  }
}

extension Baseline {
  /// The network at φ, regularised as the baseline is: studies compare shapes.
  func shape(_ coefficients: CompoundCoefficients, phi: Double, name: String) -> Architecture {
    var scale = coefficients.scale(phi: phi, of: architecture)
    scale.dropout = architecture.dropout
    return network(scale, name: name)
  }

  /// The φ, from 0 on, whose network's operations come nearest to `macs`, as far as networks can be built: operations grow with φ, in
  /// steps, and of a step the largest φ counts, which has most pixels for them. Where they do not grow, 0.
  public func phi(_ coefficients: CompoundCoefficients, macs: Double) -> Double {
    guard coefficients.cost > 1 else { return 0 }
    /// Infinitely much for what cannot be built.
    func cost(_ phi: Double) -> Double {
      let network = network(coefficients, phi: phi)
      guard (try? network.validate()) != nil else { return .infinity }
      return Double(NetworkCost(network).macs)
    }
    /// The last φ, to a thousandth, that costs no more.
    func last(_ limit: Double) -> Double {
      var (low, high) = (0.0, 1.0)
      // The rule may leave out all that grows: then there is no end.
      while cost(high) <= limit, high < 0x1p30 { (low, high) = (high, 2 * high) }
      while high - low > 1e-3 {
        let middle = (low + high) / 2
        if cost(middle) <= limit { low = middle } else { high = middle }
      }
      return low
    }
    let below = last(macs)
    // The step that begins behind it.
    let step = cost(below + 2e-3)
    guard step.isFinite else { return below }
    let above = last(step)
    return abs(log(cost(below) / macs)) <= abs(log(cost(above) / macs)) ? below : above
  }
}
