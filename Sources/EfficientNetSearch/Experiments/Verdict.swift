/// The conclusion of an experiment about the network with the highest accuracy, or in a search with
/// the highest reward.
public enum Verdict: String, Hashable, Codable, Sendable {
  /// The network is not clearly better than guessing.
  case nearChance = "near chance"
  /// The network is better than guessing, but not significantly better than each other network, or
  /// in a search than each other finalist.
  case tie
  /// The network is better than guessing, but it is compared with no other: shorter rounds left the
  /// others out, their trainings diverged, or there are none. In a search: fewer than two of its
  /// networks were trained again.
  case notCompared = "not compared"
  /// The network is significantly better than each other network, or in a search than each other
  /// finalist.
  case best
}

extension Ranking {
  /// The conclusion about the network with the highest accuracy; nil if all trainings diverged.
  public var verdict: Verdict? {
    guard let best, let mean = best.mean else { return nil }
    guard chance.isExceeded(by: mean, bestOf: networksTried) else { return .nearChance }
    // No network can be better than itself under another name.
    let others = standings.filter { !isSameNetwork($0, best) && $0.mean != nil }
    if others.isEmpty { return .notCompared }
    return others.contains(where: \.isTied) ? .tie : .best
  }

  /// Whether no network differs significantly from the best.
  var isWholeTie: Bool { tied.count == standings.count { $0.mean != nil } }

  /// Returns whether rounding turned the factors of two candidates into the same network.
  func isSameNetwork(_ first: Standing, _ second: Standing) -> Bool {
    first.candidate.nameless == second.candidate.nameless
  }

  /// Returns whether a network is not clearly better than guessing; false if it diverged.
  package func isNearChance(_ standing: Standing) -> Bool {
    standing.mean.map { !chance.isExceeded(by: $0, bestOf: networksTried) } ?? false
  }
}
