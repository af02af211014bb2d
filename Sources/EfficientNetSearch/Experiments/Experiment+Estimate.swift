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
    let (training, validation) = (data.training.samples.count, data.validation.samples.count)
    // Validation only runs forward, a third of the operations.
    let images = work * (Double(training) + Double(validation) / 3)
    let seconds = (images * pace.image) / Double(min(jobs, trainings))
    // A cache keeps the decoded photos; without one, decoding is part of each step.
    let decoding = cache == nil ? 0 : pace.decoding * Double(training + validation) / Double(jobs)
    return ExperimentEstimate(trainings: trainings, seconds: seconds + decoding)
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

  /// The forward operations of a measured step: a tenth of a second or a few on one thread.
  private static let operationsOfStep = 4e9

  /// Measures the seconds of training on an image, and of decoding a photo for the first time.
  private func pace(
    of network: Architecture, _ isInterrupted: @escaping @Sendable () -> Bool
  ) -> (image: Double, decoding: Double)? {
    let trial = Trial(Candidate(network), seed: settings.firstSeed, epochs: settings.recipe.epochs)
    var configuration = configuration(of: trial)
    configuration.recipe.accumulation = 1
    // A few images of a large network take long enough to measure.
    let enough = Int(Self.operationsOfStep / network.workPerImage)
    configuration.recipe.batch = min(configuration.recipe.batch, max(2, enough))
    let bytes = try? TrainingNetwork.byteCount(
      of: configuration.model.architecture, recipe: configuration.recipe, threads: threads)
    guard let bytes, bytes <= room else { return nil }
    let batch = configuration.recipe.batch
    var photos = data
    photos.training.samples = data.training.order(epoch: 0, seed: settings.firstSeed)
      .prefix(2 * batch).map { data.training.samples[$0] }
    let count = photos.training.samples.count
    // The first steps decode the photos, the later ones find them in the cache.
    let cold = max(1, count / batch)
    let measured = Locked<[[Double]]>([])
    let pool = ThreadPool(threads: jobs)
    pool.forEach(count: jobs) { [configuration, photos] _ in
      // Training meets the same errors and reports them with their remedies.
      let seconds = try? steps(configuration, photos, cold: cold, isInterrupted)
      measured.withLock { $0.append(seconds ?? []) }
    }
    let all = measured.withLock { $0 }
    guard !isInterrupted(), all.allSatisfy({ $0.count > cold }) else { return nil }
    let images = Double(min(batch, count))
    let warm = all.flatMap { $0.dropFirst(cold) }.sorted()
    let image = warm[warm.count / 2] / images
    let first = (all.flatMap { $0.prefix(cold) }.mean ?? 0) / images
    return (image, max(0, first - image))
  }

  /// The seconds of training steps: those on new photos, then at least one more in about a second.
  private func steps(
    _ configuration: RunConfiguration, _ photos: DataSplit, cold: Int,
    _ isInterrupted: () -> Bool
  ) throws -> [Double] {
    let model = try Model(
      untrained: configuration.model, classes: photos.training.classes, seed: configuration.seed)
    let finder = try RateFinder(
      configuration, model: model, data: photos, pool: ThreadPool(threads: threads))
    finder.cache = cache
    let clock = ContinuousClock()
    let begin = clock.now
    var (last, seconds) = (begin, [Double]())
    _ = try finder.run(
      isInterrupted: {
        let isEnough = seconds.count > cold && clock.now - begin > .seconds(1)
        return isEnough || seconds.count >= cold + 8 || isInterrupted()
      },
      show: { _ in
        let now = clock.now
        seconds.append((now - last) / .seconds(1))
        last = now
      })
    return seconds
  }
}
