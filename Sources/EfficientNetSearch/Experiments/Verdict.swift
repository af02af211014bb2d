/// The conclusion of an experiment about its best network: the one with the highest accuracy, or in
/// a search the one with the highest reward.
public enum Verdict: String, Hashable, Codable, Sendable {
  /// The best network is not clearly better than guessing.
  case nearChance = "near chance"
  /// The best network is better than guessing, but not significantly better than any other.
  case tie
  /// The best network is better than guessing and the only one that was trained in full: shorter
  /// rounds left the others out.
  case notCompared = "not compared"
  /// The best network is significantly better than others, perhaps not than all.
  case best
}

extension Ranking {
  /// The conclusion about the best network; nil if there is none.
  public var verdict: Verdict? {
    let verdict = best.flatMap { self.verdict(on: $0, among: standings) }
    let isAlone = !leftOut.isEmpty && standings.count { $0.mean != nil } == 1
    return verdict == .best && isAlone ? .notCompared : verdict
  }

  /// Returns whether a network is not clearly better than guessing; false if it diverged.
  func isNearChance(_ standing: Standing) -> Bool {
    standing.mean.map { !chance.isExceeded(by: $0, bestOf: networksTried) } ?? false
  }

  /// Returns the conclusion about a network that was selected for the highest value, which is its
  /// accuracy multiplied by a weight; nil if it diverged.
  ///
  /// - Parameters:
  ///   - best: The network.
  ///   - standings: The networks to compare; diverged ones are ignored.
  ///   - weight: Returns the weight of a network's accuracy.
  func verdict(
    on best: Standing, among standings: [Standing], weight: (Standing) -> Double = { _ in 1 }
  ) -> Verdict? {
    guard let mean = best.mean else { return nil }
    guard chance.isExceeded(by: mean, bestOf: networksTried) else { return .nearChance }
    let tail = Self.tailOfBest(among: standings)
    let differences = standings.filter { $0 != best }.compactMap {
      difference(best, $0, tail: tail, weight: weight)
    }
    return !differences.isEmpty && differences.allSatisfy { $0.mean <= $0.margin } ? .tie : .best
  }
}
