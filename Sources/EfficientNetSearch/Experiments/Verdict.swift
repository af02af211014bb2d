/// What an experiment says about its best network.
public enum Verdict: String, Hashable, Codable, Sendable {
  /// No network is clearly better than guessing.
  case nearChance = "near chance"
  /// Networks differ from guessing, but not significantly from each other.
  case tie
  /// The best network is significantly more accurate than others, perhaps not than all.
  case best
}

extension Ranking {
  /// What the ranking says about its best network; nil if there is none.
  public var verdict: Verdict? { verdict(on: standings) }

  /// Returns what the ranking says about the best of some of its ``standings``, in their order; nil
  /// if there is none.
  func verdict(on standings: [Standing]) -> Verdict? {
    guard let best = standings.first, let mean = best.mean else { return nil }
    guard chance.isExceeded(by: mean, bestOf: standings.count) else { return .nearChance }
    let quantile = quantileOfBest(among: standings.count)
    let isTie = standings.allSatisfy { other in
      difference(best, other, quantile: quantile).map { $0.mean <= $0.margin } ?? false
    }
    return isTie && standings.count > 1 ? .tie : .best
  }
}
