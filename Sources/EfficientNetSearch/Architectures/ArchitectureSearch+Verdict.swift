extension ArchitectureSearch {
  /// Returns the finalist with the highest reward in its longer trainings; without finalists, the
  /// network with the highest reward.
  ///
  /// - Parameter ranking: The ranking of the finalists, or of all networks.
  public func winner(_ ranking: Ranking) -> Ranking.Standing? {
    found(ranking).filter { $0.mean != nil }.max { reward(of: $0) < reward(of: $1) }
  }

  /// The conclusion about the ``winner(_:)`` by the rewards of the finalists, without the reference.
  /// Nil if all trainings diverged.
  func verdict(_ ranking: Ranking) -> Verdict? {
    guard let winner = winner(ranking) else { return nil }
    if ranking.isNearChance(winner) { return .nearChance }
    if compared(ranking).isEmpty { return .notCompared }
    return tied(ranking).count > 1 ? .tie : .best
  }

  /// The finalists whose reward is not significantly lower than that of the ``winner(_:)``, which is
  /// one of them; empty if none are compared.
  ///
  /// A reward is the accuracy times a weight that follows from the cost. A cost counts as exact, so
  /// only the accuracy makes a reward uncertain. The winner was selected among the finalists, so the
  /// margin grows with their number: see ``Ranking/differenceToBest(_:)``.
  func tied(_ ranking: Ranking) -> [Ranking.Standing] {
    let compared = compared(ranking)
    guard !compared.isEmpty, let winner = winner(ranking) else { return [] }
    let tail = Ranking.tailOfBest(among: compared)
    return compared.filter { standing in
      let difference = ranking.difference(winner, standing, tail: tail) {
        study.objective.reward(top1: 1, cost: cost(of: $0))
      }
      return difference.map { $0.mean <= $0.margin } ?? false
    }
  }

  /// The finalists whose rewards are compared: those of the search whose longer trainings did not all
  /// diverge. Empty if there are fewer than two, and for a search without finalists, where the
  /// trainings that selected a network are its only ones.
  func compared(_ ranking: Ranking) -> [Ranking.Standing] {
    guard study.finalists > 0 else { return [] }
    let trained = found(ranking).filter { $0.mean != nil }
    return trained.count > 1 ? trained : []
  }

  /// The networks of the search in a ranking, without the reference.
  func found(_ ranking: Ranking) -> [Ranking.Standing] {
    ranking.standings.filter { $0.candidate.name != Self.reference }
  }

  /// The reward of a network of a ranking, or of the reference; 0 if its trainings diverged.
  package func reward(of standing: Ranking.Standing) -> Double {
    study.objective.reward(top1: standing.mean, cost: cost(of: standing))
  }

  private func cost(of standing: Ranking.Standing) -> Double {
    costs(of: standing.candidate.architecture).cost
  }
}
