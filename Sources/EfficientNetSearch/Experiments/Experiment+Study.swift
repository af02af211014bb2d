internal import EfficientNet
internal import EfficientNetTraining

extension Experiment {
  /// Trains all that the study asks for.
  ///
  /// - Parameter show: See ``run(_:isInterrupted:show:)``.
  /// - Returns: The candidates of the last round, best first, of a search its finalists; nil if it was interrupted.
  /// - Throws: See ``run(_:isInterrupted:show:)``.
  public func run(
    isInterrupted: @escaping @Sendable () -> Bool = { false },
    show: @escaping @Sendable (ExperimentProgress) -> Void = { _ in }
  ) throws -> Ranking? {
    let rounds: [(epochs: Int, candidates: Int)]
    switch settings.study {
    case .grid(let study): rounds = study.rounds(epochs: settings.recipe.epochs)
    case .dimensions(let study): rounds = [(settings.recipe.epochs, study.candidates.count)]
    case .architectures(let study):
      return try search(study, isInterrupted: isInterrupted, show: show)
    }
    var candidates = settings.study.candidates
    var ranking: Ranking?
    for round in rounds {
      if let ranking {
        let best = ranking.standings.prefix(round.candidates).map(\.candidate.name)
        candidates.removeAll { !best.contains($0.name) }
      }
      let trials = candidates.flatMap { candidate in
        settings.allSeeds.map { Trial(candidate, seed: $0, epochs: round.epochs) }
      }
      guard let results = try run(trials, isInterrupted: isInterrupted, show: show) else {
        return nil
      }
      ranking = self.ranking(candidates, results, epochs: round.epochs)
    }
    return ranking
  }

  func ranking(_ candidates: [Candidate], _ results: [TrialResult], epochs: Int) -> Ranking {
    Ranking(
      candidates, results: results, epochs: epochs, classes: data.training.classes.count,
      validationPhotos: data.validation.samples.count)
  }
}
