internal import EfficientNet
internal import EfficientNetCompute
internal import EfficientNetTraining

extension Experiment {
  /// Runs all trainings of the study; see ``run(_:isInterrupted:show:)`` for parameters and errors.
  ///
  /// - Returns: The ranking of the last round, or of a search's finalists; nil if it was
  ///   interrupted.
  public func run(
    isInterrupted: @escaping @Sendable () -> Bool = { false },
    show: @escaping @Sendable (ExperimentProgress) -> Void = { _ in }
  ) throws -> Ranking? {
    if let study = settings.study.search {
      return try search(study, isInterrupted: isInterrupted, show: show)
    }
    var candidates = settings.study.candidates
    var ranking: Ranking?
    var (leftOut, epochs): ([Ranking.Standing], Int) = ([], 0)
    for round in settings.rounds {
      if let ranking {
        let names = ranking.standings.prefix(round.candidates).map(\.candidate.name)
        candidates.removeAll { !names.contains($0.name) }
        var dropped = ranking.standings.dropFirst(round.candidates)
        for index in dropped.indices { dropped[index].leftOutAfter = epochs }
        leftOut.insert(contentsOf: dropped, at: 0)
      }
      let trials = candidates.flatMap { candidate in
        settings.allSeeds.map { Trial(candidate, seed: $0, epochs: round.epochs) }
      }
      guard let results = try run(trials, isInterrupted: isInterrupted, show: show) else {
        return nil
      }
      ranking = self.ranking(
        candidates, results, epochs: round.epochs, tried: settings.study.candidates.count)
      ranking?.leftOut = leftOut
      epochs = round.epochs
    }
    return ranking
  }

  /// Returns the ranking of candidates.
  ///
  /// - Parameter tried: The number of networks that were trained on the same photos.
  private func ranking(
    _ candidates: [Candidate], _ results: [TrialResult], epochs: Int, tried: Int
  ) -> Ranking {
    Ranking(
      candidates, results: results, epochs: epochs, classes: data.training.classes.count,
      validationPhotos: data.validation.samples.count, chance: Chance(data.validation).share,
      networksTried: tried)
  }

  /// Trains the proposals of the controller, then the finalists.
  ///
  /// The controller always starts anew; stored results are replayed before any training.
  ///
  /// - Returns: The ranking of the finalists, or, without finalists, of all proposed networks; nil
  ///   if it was interrupted.
  func search(
    _ study: SearchStudy, isInterrupted: @escaping @Sendable () -> Bool,
    show: @escaping @Sendable (ExperimentProgress) -> Void
  ) throws -> Ranking? {
    let (epochs, seeds) = (settings.recipe.epochs, settings.allSeeds)
    var search = ArchitectureSearch(study, settings, classes: data.training.classes.count)
    var pace = SearchPace(study, seeds: seeds.count, epochs: epochs)
    var isNew = false
    /// Trains candidates.
    ///
    /// - Parameter samples: The number of proposals that the candidates stand for.
    /// - Returns: The number of trainings without a stored result; nil if it was interrupted.
    func train(
      _ candidates: [Candidate], seeds: [UInt64], epochs: Int, samples: Int
    ) throws -> Int? {
      let trials = candidates.flatMap { candidate in
        seeds.map { Trial(candidate, seed: $0, epochs: epochs) }
      }
      let known = results
      let new = trials.filter { trial in !known.contains { $0.belongs(to: trial) } }.count
      pace.begin(trials: samples * seeds.count, new: new, epochs: epochs)
      let trained = try run(trials, isInterrupted: isInterrupted) { [pace] progress in
        show(pace.whole(progress))
      }
      pace.end()
      return trained == nil ? nil : new
    }

    while search.samples.count < study.samples {
      let batch = min(study.batch, study.samples - search.samples.count)
      guard let new = try train(search.propose(), seeds: seeds, epochs: epochs, samples: batch)
      else { return nil }
      search.learn(results)
      var progress = pace.whole(ExperimentProgress())
      progress.samples = search.samples.suffix(batch)
      isNew = isNew || new > 0
      progress.samplesAreNew = isNew
      show(progress)
    }
    let (finalists, tried) = (search.finalists, search.ranked.count)
    guard !finalists.isEmpty else {
      return ranking(search.ranked.map(\.candidate), results, epochs: epochs, tried: tried)
    }
    let finalSeeds = search.finalSeeds
    guard
      try train(
        finalists, seeds: finalSeeds, epochs: study.finalEpochs, samples: finalists.count) != nil
    else { return nil }
    let final = results.filter { finalSeeds.contains($0.seed) }
    return ranking(finalists, final, epochs: study.finalEpochs, tried: tried)
  }
}

extension ExperimentSettings {
  /// The rounds of the study: the number of epochs, and the number of candidates, which are the best
  /// of the previous round; empty for a search.
  var rounds: [(epochs: Int, candidates: Int)] {
    switch study {
    case .grid(let study): study.rounds(epochs: recipe.epochs)
    case .dimensions(let study): [(recipe.epochs, study.candidates.count)]
    case .architectures: []
    }
  }
}

/// The progress of a search as a whole. Its trainings come in batches and differ in length.
private struct SearchPace {
  /// The totals of trainings and epochs.
  private let trials: Int
  private let epochs: Double
  private let start = ContinuousClock.now
  /// The totals of the completed batches; `newEpochs` are those trained since the start.
  private var before = (trials: 0, epochs: 0.0, newEpochs: 0.0)
  /// The totals of the current batch.
  private var batch = (trials: 0, epochs: 0.0, newEpochs: 0.0)

  init(_ study: SearchStudy, seeds: Int, epochs: Int) {
    let (first, last) = (
      study.samples * seeds, study.finalists > 0 ? (study.finalists + 1) * study.finalSeeds : 0
    )
    trials = first + last
    self.epochs = Double(first) * Double(epochs) + Double(last) * Double(study.finalEpochs)
  }

  mutating func begin(trials: Int, new: Int, epochs: Int) {
    batch = (trials, Double(trials * epochs), Double(new * epochs))
  }

  mutating func end() {
    before.trials += batch.trials
    before.epochs += batch.epochs
    before.newEpochs += batch.newEpochs
    batch = (0, 0, 0)
  }

  /// Converts the progress of a batch to that of the search.
  func whole(_ progress: ExperimentProgress) -> ExperimentProgress {
    var whole = progress
    let share = progress.work > 0 ? progress.workDone / progress.work : 0
    let trained = before.newEpochs + share * batch.newEpochs
    let left = epochs - before.epochs - batch.epochs + (1 - share) * batch.newEpochs
    let elapsed = (ContinuousClock.now - start) / .seconds(1)
    whole.trials = trials
    // Repeated proposals and networks with stored results count as done.
    let missing = progress.trials - progress.trialsDone
    whole.trialsDone = before.trials + max(0, batch.trials - missing)
    whole.secondsLeft = trained > 0 ? elapsed * left / trained : 0
    return whole
  }
}
