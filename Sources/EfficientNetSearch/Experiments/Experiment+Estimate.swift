internal import EfficientNet
internal import EfficientNetCompute
internal import EfficientNetTraining

/// The rest of an experiment.
package struct ExperimentEstimate: Sendable {
  /// The number of trainings without a result; equal networks count once.
  package let trainings: Int
  /// The approximate duration in seconds.
  package let seconds: Double
}

extension Experiment {
  /// Estimates how long the remaining trainings take, from a few training steps of a network of
  /// medium size.
  ///
  /// It takes as many steps at the same time as the experiment runs trainings, on its photos, and
  /// scales the time by the operations of the networks. Other networks use the machine better or
  /// worse, so the estimate is rough.
  ///
  /// - Parameter isInterrupted: Returns whether to stop. It is called on any thread.
  /// - Returns: The estimate; nil if nothing remains, if it was interrupted, or if the steps fail,
  ///   which training reports.
  package func estimate(
    isInterrupted: @escaping @Sendable () -> Bool = { false }
  ) -> ExperimentEstimate? {
    let typical = typicalNetwork
    let rest = remainingWork(typical)
    let trainings = rest.reduce(0) { $0 + $1.count }
    guard trainings > 0, let pace = pace(of: typical, isInterrupted) else { return nil }
    let work = rest.reduce(0) { $0 + $1.work * Double($1.count) } / typical.workPerImage
    let seconds = pace.seconds(
      epochs: work / Double(min(jobs, trainings)), of: data, decodingAtOnce: jobs)
    return ExperimentEstimate(trainings: trainings, seconds: seconds)
  }

  /// The trainings without a result, and the work of each: operations times epochs. Networks that are
  /// not known yet count as `typical` ones.
  private func remainingWork(_ typical: Architecture) -> [(work: Double, count: Int)] {
    let (results, perImage) = (results, typical.workPerImage)
    if let search {
      let study = search.study
      let proposals = study.samples - search.samples.count
      let finalists = proposals > 0 ? study.finalists + 1 : search.finalists.count
      let longer = results.filter { search.finalSeeds.contains($0.seed) }.count
      return [
        (perImage * Double(settings.recipe.epochs), proposals * settings.seeds),
        (
          perImage * Double(study.finalEpochs),
          study.finalists == 0 ? 0 : max(0, finalists * study.finalSeeds - longer)
        ),
      ]
    }
    let rounds = settings.rounds
    var seen: Set<Trial> = []
    let first = settings.study.candidates.flatMap { candidate in
      settings.allSeeds.map { Trial(candidate, seed: $0, epochs: rounds[0].epochs) }
    }.filter { trial in
      !results.contains { $0.belongs(to: trial) } && seen.insert(trial.nameless).inserted
    }
    return first.map { ($0.work, 1) }
      + rounds.dropFirst().map { round in
        let done = results.filter { $0.epochs == round.epochs }.count
        return (
          perImage * Double(round.epochs),
          max(0, round.candidates * settings.seeds - done)
        )
      }
  }

  /// The candidate of median size; for a search, the reference.
  private var typicalNetwork: Architecture {
    let sizes = settings.study.candidates.map {
      ($0.architecture, work: $0.architecture.workPerImage)
    }
    .sorted { $0.work < $1.work }
    return sizes.isEmpty ? settings.study.baseline : sizes[sizes.count / 2].0
  }

  private func pace(
    of network: Architecture, _ isInterrupted: @escaping @Sendable () -> Bool
  ) -> TrainingPace? {
    let trial = Trial(Candidate(network), seed: settings.firstSeed, epochs: settings.recipe.epochs)
    // The trainings meet the same errors and report them with their remedies.
    return try? TrainingPace(
      configuration(of: trial), data, jobs: jobs, threads: threads, cache: cache, room: room,
      isInterrupted: isInterrupted)
  }
}
