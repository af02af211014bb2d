/// The conclusion of an experiment about the network with the highest accuracy, or in a search with
/// the highest reward.
public enum Verdict: String, Hashable, Codable, Sendable {
  /// The network is not clearly better than guessing.
  case nearChance = "near chance"
  /// The network is better than guessing, but not significantly better than any other. In a search:
  /// not significantly better than each other finalist.
  case tie
  /// The network is better than guessing, but it is compared with no other: shorter rounds left the
  /// others out, their trainings diverged, or there are none. In a search: fewer than two of its
  /// networks were trained again.
  case notCompared = "not compared"
  /// The network is significantly better than others, perhaps not than all. In a search: than each
  /// other finalist.
  case best
}

extension Ranking {
  /// The conclusion about the network with the highest accuracy; nil if all trainings diverged.
  public var verdict: Verdict? {
    guard let best, let mean = best.mean else { return nil }
    guard chance.isExceeded(by: mean, bestOf: networksTried) else { return .nearChance }
    let differences = standings.filter { $0 != best }.compactMap(differenceToBest)
    if differences.isEmpty { return .notCompared }
    return differences.allSatisfy { $0.mean <= $0.margin } ? .tie : .best
  }

  /// Returns whether a network is not clearly better than guessing; false if it diverged.
  func isNearChance(_ standing: Standing) -> Bool {
    standing.mean.map { !chance.isExceeded(by: $0, bestOf: networksTried) } ?? false
  }
}
