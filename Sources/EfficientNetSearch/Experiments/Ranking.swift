public import EfficientNet
package import EfficientNetReports

/// A ranking of candidates by accuracy, with those that are statistically tied with the best.
///
/// A margin covers other seeds and other validation photos. The standard deviation of an accuracy
/// from seed to seed is pooled over all candidates, since two or three trainings of one network are
/// too few to estimate it. The binomial variance of the photos is added. It treats the photos of
/// two networks as independent samples, although they are the same photos, so it is an upper bound.
/// With one training per candidate, only the number of photos determines the margins.
public struct Ranking: Sendable {
  /// A candidate with the accuracies of its trainings.
  public struct Standing: Hashable, Sendable {
    /// The candidate.
    public let candidate: Candidate
    /// The cost of the network with the number of classes of the experiment.
    public let cost: NetworkCost
    /// The accuracies of its trainings, from 0 to 1, by seed; without those that diverged.
    public let top1: [Double]
    /// The number of trainings that diverged.
    public let diverged: Int
    /// The number of readable validation photos.
    let photos: Int
    /// The photos that each of its trainings gets right; nil if that is not known of all.
    let rightPhotos: [RightPhotos]?
    /// Whether the candidate is statistically tied with the best.
    ///
    /// The best was selected for its accuracy among many, so the margin grows with their number.
    /// With a probability of 95 %, the truly best candidate is tied.
    public fileprivate(set) var isTied = false
    /// The number of epochs after which the candidate was left out, if it was not among the better
    /// half of a round; nil if it was trained in full. ``top1`` and ``isTied`` are those of that
    /// round.
    public internal(set) var leftOutAfter: Int?

    /// The mean accuracy; nil if all trainings diverged.
    public var mean: Double? { top1.mean }

    /// The validation photos that are classified correctly, on average of the seeds; nil if all
    /// trainings diverged. The seeds share the photos, so they do not narrow the interval.
    package var right: Proportion? { mean.map { Proportion(mean: $0, of: photos) } }

    /// The standard error of ``mean`` from its own seeds; nil for fewer than two trainings.
    public var standardError: Double? { top1.varianceOfMean?.squareRoot() }
  }

  /// The candidates, best first; those with a diverged training last.
  public private(set) var standings: [Standing]
  /// The candidates that earlier, shorter rounds left out, the last ones first, best first; they
  /// are not part of ``standings``.
  public internal(set) var leftOut: [Standing] = []
  /// The standard deviation of an accuracy from seed to seed, pooled over the candidates; nil with
  /// one seed each.
  public let deviation: Double?
  /// The degrees of freedom of ``deviation``: accuracies minus means.
  private let freedom: Int
  private let validationPhotos: Int
  /// The accuracy of guessing.
  package let chance: Chance
  /// The number of networks that were trained on the same photos, with those left out earlier.
  package let networksTried: Int

  /// Ranks candidates.
  ///
  /// - Parameters:
  ///   - candidates: The candidates; those without results are left out.
  ///   - results: The results, in any order.
  ///   - epochs: The number of epochs of the results to compare.
  ///   - classes: The number of classes, for the costs.
  ///   - validationPhotos: The number of validation photos.
  ///   - chance: The accuracy of guessing, which is the share of the most frequent class among the
  ///     validation photos; nil for classes of equal size.
  ///   - networksTried: The number of networks that were trained on the same photos, if the
  ///     candidates are the best of more; nil if they are all of them.
  public init(
    _ candidates: [Candidate], results: [TrialResult], epochs: Int, classes: Int,
    validationPhotos: Int, chance: Double? = nil, networksTried: Int? = nil
  ) {
    var standings = candidates.compactMap { candidate -> Standing? in
      let own = results.filter { $0.candidate == candidate.name && $0.epochs == epochs }
        .sorted { $0.seed < $1.seed }
      guard !own.isEmpty else { return nil }
      var architecture = candidate.architecture
      architecture.classes = classes
      let top1 = own.compactMap(\.top1)
      let trained = own.filter { $0.top1 != nil }
      return Standing(
        candidate: candidate, cost: NetworkCost(architecture), top1: top1,
        diverged: own.count - top1.count,
        photos: own.lazy.compactMap(\.validationPhotos).first ?? validationPhotos,
        rightPhotos: trained.allSatisfy { $0.rightPhotos != nil }
          ? trained.compactMap(\.rightPhotos) : nil)
    }
    // Ties go to the cheaper network. Candidates with a diverged training come last.
    standings.sort {
      ($0.diverged == 0 ? 1 : 0, $0.mean ?? -1, -$0.cost.macs, $1.candidate.name) > (
        $1.diverged == 0 ? 1 : 0, $1.mean ?? -1, -$1.cost.macs, $0.candidate.name
      )
    }
    let repeated = standings.filter { $0.top1.count > 1 }
    let squares = repeated.reduce(0) { $0 + $1.top1.squares }
    let freedom = repeated.reduce(0) { $0 + $1.top1.count - 1 }
    (self.freedom, self.validationPhotos) = (freedom, validationPhotos)
    self.chance = Chance(share: chance ?? 1 / Double(classes), photos: validationPhotos)
    deviation = freedom > 0 ? (squares / Double(freedom)).squareRoot() : nil
    self.standings = standings
    self.networksTried = max(networksTried ?? 0, standings.count)
    for index in standings.indices {
      guard let difference = differenceToBest(standings[index]) else { continue }
      self.standings[index].isTied = difference.mean <= difference.margin
    }
  }

  /// The best candidate; nil if there is none, or all trainings diverged.
  public var best: Standing? { standings.first.flatMap { $0.mean == nil ? nil : $0 } }

  /// The best candidate and those tied with it. It is significantly better than all others only if
  /// ``verdict`` is ``Verdict/best``.
  public var tied: [Standing] { standings.filter(\.isTied) }

  /// The candidates that are compared with each other: ``standings``, or none if fewer than two of
  /// them have an accuracy.
  var compared: [Standing] { standings.count { $0.mean != nil } > 1 ? standings : [] }

  /// Returns the accuracy of the first candidate minus the second's, with its 95 % margin; nil if one
  /// of them diverged.
  ///
  /// The margin holds for candidates selected before anything was measured; see
  /// ``differenceToBest(_:)`` for others.
  public func difference(
    _ first: Standing, _ second: Standing
  ) -> (mean: Double, margin: Double)? {
    difference(first, second, tail: 0.025)
  }

  /// Returns how much more accurate the best candidate is than another, with the margin within
  /// which they are tied; nil if one of them diverged.
  ///
  /// With a probability of 95 %, the truly best candidate is within its margin.
  ///
  /// Source: Hsu 1981, Simultaneous confidence intervals for all distances from the “best”, Annals
  /// of Statistics 9. Bonferroni's bound replaces the exact quantile, which makes the margin a
  /// little wider.
  public func differenceToBest(_ other: Standing) -> (mean: Double, margin: Double)? {
    guard let best = standings.first else { return nil }
    return difference(best, other, tail: Self.tailOfBest(among: standings))
  }

  /// The error probability of each difference between the best of some networks and another one.
  static func tailOfBest(among standings: [Standing]) -> Double {
    0.05 / Double(max(1, standings.count { $0.mean != nil } - 1))
  }

  /// Returns the difference of two accuracies, each multiplied by a weight, with its margin; nil if
  /// one of the candidates diverged.
  ///
  /// The degrees of freedom are those of a sum of variances. That of the photos counts as known.
  ///
  /// Source: Satterthwaite 1946, An approximate distribution of estimates of variance components,
  /// Biometrics Bulletin 2.
  ///
  /// - Parameters:
  ///   - tail: The probability of a larger error, on one side.
  ///   - weight: Returns the weight of a candidate's accuracy.
  func difference(
    _ first: Standing, _ second: Standing, tail: Double,
    weight: (Standing) -> Double = { _ in 1 }
  ) -> (mean: Double, margin: Double)? {
    guard let a = first.mean, let b = second.mean,
      let margin = margin(first, second, tail: tail, weight: weight)
    else { return nil }
    return (weight(first) * a - weight(second) * b, margin.whole)
  }

  /// Returns the margin of a difference with its two parts; see `difference(_:_:tail:weight:)`.
  func margin(
    _ first: Standing, _ second: Standing, tail: Double,
    weight: (Standing) -> Double = { _ in 1 }
  ) -> Margin? {
    guard let a = first.mean, let b = second.mean else { return nil }
    let (u, v) = (weight(first), weight(second))
    let photos = u * u * photoVariance(a) + v * v * photoVariance(b)
    let (m, n) = (Double(first.top1.count), Double(second.top1.count))
    let seeds = (deviation ?? 0) * (deviation ?? 0) * (u * u / m + v * v / n)
    let ratio = (seeds + photos) / seeds
    // With 2000 degrees of freedom, Student's t is nearly the normal distribution.
    let known = 2000
    let freedom = seeds > 0 ? Int(min(Double(known), Double(freedom) * ratio * ratio)) : known
    let quantile = studentQuantile(freedom: freedom, above: tail)
    return Margin(
      photos: quantile * photos.squareRoot(),
      seeds: deviation == nil ? nil : quantile * seeds.squareRoot(),
      photoCount: validationPhotos, seedCount: first.top1.count)
  }

  /// The variance of an accuracy for a random sample of photos. Shares near 0 and 1 count as half a
  /// photo.
  private func photoVariance(_ share: Double) -> Double {
    let photos = Double(max(1, validationPhotos))
    let share = min(max(share, 0.5 / photos), 1 - 0.5 / photos)
    return share * (1 - share) / photos
  }
}

extension [Double] {
  /// The mean; nil for an empty array.
  package var mean: Double? { isEmpty ? nil : reduce(0, +) / Double(count) }

  /// The sum of squared differences from the mean.
  fileprivate var squares: Double {
    let mean = mean ?? 0
    return reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
  }

  /// The variance of the mean; nil for fewer than two values.
  var varianceOfMean: Double? {
    count < 2 ? nil : squares / Double(count - 1) / Double(count)
  }
}
