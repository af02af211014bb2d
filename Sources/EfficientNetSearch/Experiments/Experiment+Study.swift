internal import EfficientNet
internal import EfficientNetTraining

extension Experiment {
  /// Trains all that the study asks for.
  ///
  /// - Parameter show: See ``run(_:isInterrupted:show:)``.
  /// - Returns: The candidates of the last round, best first; nil if it was interrupted.
  /// - Throws: See ``run(_:isInterrupted:show:)``.
  public func run(
    isInterrupted: @escaping @Sendable () -> Bool = { false },
    show: @escaping @Sendable (ExperimentProgress) -> Void = { _ in }
  ) throws -> Ranking? {
    var candidates = settings.study.candidates
    var ranking: Ranking?
    for round in settings.study.rounds(epochs: settings.recipe.epochs) {
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
      ranking = Ranking(
        candidates, results: results, epochs: round.epochs,
        classes: data.training.classes.count, validationPhotos: data.validation.samples.count)
    }
    return ranking
  }
}

extension Study {
  /// How long candidates are trained round by round, and how many of them.
  fileprivate func rounds(epochs: Int) -> [(epochs: Int, candidates: Int)] {
    switch self {
    case .grid(let study): study.rounds(epochs: epochs)
    case .dimensions(let study): [(epochs, study.candidates.count)]
    }
  }
}
