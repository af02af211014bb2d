public import EfficientNet

/// Candidates by their accuracy, and which of them cannot be told from the best.
///
/// How much the accuracy of one network varies from seed to seed is estimated from all candidates together, since two or
/// three trainings of one say little: the standard deviation is pooled. That says what other seeds would come to on the same
/// validation photos; ``photoMargin`` says how much other photos matter. With one training each, only the photos say how sure an
/// accuracy is.
public struct Ranking: Sendable {
  /// A candidate and what its trainings came to.
  public struct Standing: Hashable, Sendable {
    /// The candidate.
    public let candidate: Candidate
    /// What it costs, with as many classes as the experiment has.
    public let cost: NetworkCost
    /// The accuracies of its trainings, by seed; those that diverged are left out.
    public let top1: [Double]
    /// Trainings that diverged.
    public let diverged: Int
    /// Whether its accuracy cannot be told from that of the best. The best one was chosen for its accuracy, and so many are compared
    /// with it, that each difference has a wider margin: with 95 % probability the truly best one is tied.
    public fileprivate(set) var isTied = false

    /// The mean accuracy; nil if all diverged.
    public var mean: Double? { top1.mean }

    /// The standard error of ``mean`` over its own seeds; nil for fewer than two.
    public var standardError: Double? {
      guard top1.count > 1 else { return nil }
      return (squares / Double(top1.count - 1) / Double(top1.count)).squareRoot()
    }

    /// The sum of the squares of the differences from ``mean``.
    fileprivate var squares: Double {
      let mean = mean ?? 0
      return top1.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    }
  }

  /// Best first; those of which a training diverged last.
  public private(set) var standings: [Standing]
  /// The standard deviation of an accuracy from seed to seed, pooled over the candidates; nil with one seed each.
  public let deviation: Double?
  /// How many accuracies more than means it is estimated from.
  private let freedom: Int
  private let validationPhotos: Int
  /// See ``differenceToBest(_:)``.
  private var bestQuantile = 0.0

  /// Ranks candidates that were trained for so many epochs.
  public init(
    _ candidates: [Candidate], results: [TrialResult], epochs: Int, classes: Int,
    validationPhotos: Int
  ) {
    var standings = candidates.compactMap { candidate -> Standing? in
      let own = results.filter { $0.candidate == candidate.name && $0.epochs == epochs }
        .sorted { $0.seed < $1.seed }
      guard !own.isEmpty else { return nil }
      var architecture = candidate.architecture
      architecture.classes = classes
      let top1 = own.compactMap(\.top1)
      return Standing(
        candidate: candidate, cost: NetworkCost(architecture), top1: top1,
        diverged: own.count - top1.count)
    }
    // Of equal ones the cheaper first, whatever their order was; what cannot be trained with each seed last.
    standings.sort {
      ($0.diverged == 0 ? 1 : 0, $0.mean ?? -1, -$0.cost.macs, $1.candidate.name) > (
        $1.diverged == 0 ? 1 : 0, $1.mean ?? -1, -$1.cost.macs, $0.candidate.name
      )
    }
    let repeated = standings.filter { $0.top1.count > 1 }
    let squares = repeated.reduce(0) { $0 + $1.squares }
    let freedom = repeated.reduce(0) { $0 + $1.top1.count - 1 }
    (self.freedom, self.validationPhotos) = (freedom, validationPhotos)
    deviation = freedom > 0 ? (squares / Double(freedom)).squareRoot() : nil
    self.standings = standings
    bestQuantile = quantile(above: 0.05 / Double(max(1, standings.count - 1)))
    for index in standings.indices {
      guard let difference = differenceToBest(standings[index]) else { continue }
      self.standings[index].isTied = difference.mean <= difference.margin
    }
  }

  /// The best; nil if there is none, or all diverged.
  public var best: Standing? { standings.first.flatMap { $0.mean == nil ? nil : $0 } }

  /// The best and those that cannot be told from it.
  public var tied: [Standing] { standings.filter(\.isTied) }

  /// How much more accurate one candidate is than another, and how far from that the truth may be with 95 % confidence. For two
  /// that were chosen before anything was measured; see ``differenceToBest(_:)`` for others. Nil if one of them diverged.
  public func difference(
    _ first: Standing, _ second: Standing
  ) -> (mean: Double, margin: Double)? {
    difference(first, second, quantile: quantile(above: 0.025))
  }

  /// How much more accurate the best is than another candidate, and the least difference that chance does not explain: with 95 %
  /// probability the truly best one is within it. Nil if one of them diverged.
  ///
  /// Source: Hsu 1981, Simultaneous confidence intervals for all distances from the “best”, Annals of Statistics 9; with Bonferroni's
  /// bound in place of the exact quantile, which makes the margin a little wider.
  public func differenceToBest(_ other: Standing) -> (mean: Double, margin: Double)? {
    guard let best = standings.first else { return nil }
    return difference(best, other, quantile: bestQuantile)
  }

  /// Of Student's t with the pooled deviation, or, where that says nothing, of the normal distribution.
  private func quantile(above tail: Double) -> Double {
    studentQuantile(freedom: deviation ?? 0 > 0 ? freedom : 2000, above: tail)
  }

  private func difference(
    _ first: Standing, _ second: Standing, quantile: Double
  ) -> (mean: Double, margin: Double)? {
    guard let a = first.mean, let b = second.mean else { return nil }
    // With one training each, or trainings that all came to the same, only the photos say anything of chance.
    guard let deviation, deviation > 0 else {
      return (a - b, quantile * (photoVariance(a) + photoVariance(b)).squareRoot())
    }
    let (m, n) = (Double(first.top1.count), Double(second.top1.count))
    return (a - b, quantile * deviation * (1 / m + 1 / n).squareRoot())
  }

  /// How far from its accuracy on all photos of the kind the best network's on these may be, with 95 % confidence. Part of it is
  /// common to all networks, so that differences are surer than this.
  public var photoMargin: Double? {
    best?.mean.map { 1.96 * photoVariance($0).squareRoot() }
  }

  /// The variance of a share of the photos; of shares near 0 and 1 that of half a photo.
  private func photoVariance(_ share: Double) -> Double {
    let photos = Double(max(1, validationPhotos))
    let share = min(max(share, 0.5 / photos), 1 - 0.5 / photos)
    return share * (1 - share) / photos
  }
}

extension [Double] {
  /// The mean; nil for none.
  var mean: Double? { isEmpty ? nil : reduce(0, +) / Double(count) }
}
