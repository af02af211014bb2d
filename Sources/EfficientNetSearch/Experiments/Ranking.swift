public import EfficientNet

#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif

/// Candidates by their accuracy, and which of them cannot be told from the best.
///
/// How much the accuracy of one network varies from seed to seed is estimated from all candidates together, since two or
/// three trainings of one say little: the standard deviation is pooled. With one training each, only the number of validation photos
/// says how sure an accuracy is.
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
    /// Whether its accuracy cannot be told from that of the best: the difference is within two-sided 95 % of chance.
    public fileprivate(set) var isTied = false

    /// The mean accuracy; nil if all diverged.
    public var mean: Double? {
      top1.isEmpty ? nil : top1.reduce(0, +) / Double(top1.count)
    }

    /// The standard error of ``mean`` over its own seeds; nil for fewer than two.
    public var standardError: Double? {
      guard let mean, top1.count > 1 else { return nil }
      let squares = top1.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      return (squares / Double(top1.count - 1) / Double(top1.count)).squareRoot()
    }
  }

  /// Best first; those that diverged last.
  public private(set) var standings: [Standing]
  /// The standard deviation of an accuracy from seed to seed, pooled over the candidates; nil with one seed each.
  public let deviation: Double?
  /// How many accuracies more than means it is estimated from.
  private let freedom: Int
  private let validationPhotos: Int

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
    // Of equal ones the cheaper first, whatever their order was.
    standings.sort {
      ($0.mean ?? -1, -$0.cost.macs, $1.candidate.name) > (
        $1.mean ?? -1, -$1.cost.macs, $0.candidate.name
      )
    }
    var (squares, freedom) = (0.0, 0)
    for standing in standings where standing.top1.count > 1 {
      let mean = standing.mean ?? 0
      squares += standing.top1.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      freedom += standing.top1.count - 1
    }
    (self.freedom, self.validationPhotos) = (freedom, validationPhotos)
    deviation = freedom > 0 ? (squares / Double(freedom)).squareRoot() : nil
    self.standings = standings
    if let best = standings.first {
      for index in standings.indices {
        guard let difference = difference(best, standings[index]) else { continue }
        self.standings[index].isTied = difference.mean <= difference.margin
      }
    }
  }

  /// The best; nil if there is none, or all diverged.
  public var best: Standing? { standings.first.flatMap { $0.mean == nil ? nil : $0 } }

  /// The best and those that cannot be told from it.
  public var tied: [Standing] { standings.filter(\.isTied) }

  /// How much more accurate one candidate is than another, and how far from that the truth may be with 95 % confidence:
  /// Student's t with the pooled deviation. Nil if one of them diverged.
  public func difference(
    _ first: Standing, _ second: Standing
  ) -> (mean: Double, margin: Double)? {
    guard let a = first.mean, let b = second.mean else { return nil }
    if let deviation {
      let (m, n) = (Double(first.top1.count), Double(second.top1.count))
      return (
        a - b, Self.studentT(freedom: freedom) * deviation * (1 / m + 1 / n).squareRoot()
      )
    }
    let photos = Double(max(1, validationPhotos))
    return (a - b, 1.96 * ((a * (1 - a) + b * (1 - b)) / photos).squareRoot())
  }

  /// The 97.5th percentile of Student's t.
  ///
  /// Source: Abramowitz & Stegun 1964, Handbook of Mathematical Functions, table 26.10 up to ten degrees of freedom, and from there
  /// 26.7.5, the expansion about the normal quantile, which is then good to three digits.
  static func studentT(freedom: Int) -> Double {
    let table = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228]
    if freedom <= table.count { return table[max(0, freedom - 1)] }
    let (z, n) = (1.959964, Double(freedom))
    let (z3, z5) = (pow(z, 3), pow(z, 5))
    return z + (z3 + z) / (4 * n) + (5 * z5 + 16 * z3 + 3 * z) / (96 * n * n)
  }
}
