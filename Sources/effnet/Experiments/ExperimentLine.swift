import EfficientNet
import EfficientNetReports
import EfficientNetSearch
import EfficientNetTraining

/// What a terminal shows of an experiment under way: a line for each network that is done, and one that says how far all is:
/// "31 of 60 trainings, a1.2-b1.1-g1.15, epoch 3 of 8; best a1.3-b1.1-g1.1 54.1 %; 24 min left".
/// Of a search it shows the best so far above that, as a table, in place.
struct ExperimentLine {
  private let settings: ExperimentSettings
  private let isJSON: Bool
  private let isQuiet: Bool
  private var status: StatusLine
  /// Of a search: the different networks, the most rewarding first.
  private var samples: [ArchitectureSearch.Sample] = []
  private var results: [TrialResult] = []
  private var best: (name: String, top1: Double, epochs: Int)?

  init(_ settings: ExperimentSettings, results: [TrialResult], isJSON: Bool, isQuiet: Bool) {
    (self.settings, self.isJSON, self.isQuiet) = (settings, isJSON, isQuiet)
    status = StatusLine(isQuiet: isQuiet)
    for result in results { _ = add(result) }
  }

  /// Remembers a result; all of its network if that was the last of them.
  private mutating func add(_ result: TrialResult) -> [TrialResult]? {
    let search = settings.study.search
    // The networks of a search's first trainings are shown once the controller has learned from them.
    let isProposal =
      result.epochs == settings.recipe.epochs && settings.allSeeds.contains(result.seed)
    if search != nil, isProposal { return nil }
    results.append(result)
    let all = results.filter {
      $0.candidate == result.candidate && $0.epochs == result.epochs
    }
    guard all.count == search?.finalSeeds ?? settings.seeds else { return nil }
    if let mean = Self.mean(all), result.epochs > best?.epochs ?? 0 || mean > best?.top1 ?? -1 {
      best = (result.candidate, mean, result.epochs)
    }
    return all
  }

  private static func mean(_ results: [TrialResult]) -> Double? {
    let top1 = results.compactMap(\.top1)
    return top1.isEmpty ? nil : top1.reduce(0, +) / Double(top1.count)
  }

  /// Shows how far the experiment is, at most ten times a second.
  mutating func update(_ progress: ExperimentProgress) {
    if !isQuiet {
      for note in progress.notes { StandardError.report(note) }
    }
    if let finished = progress.finished, let all = add(finished) { print(all) }
    for sample in progress.samples { add(sample, isNew: progress.samplesAreNew) }
    // The text is made only if it is shown, of a copy: showing it changes the status.
    let line = self
    status.show(line.text(progress))
  }

  private func text(_ progress: ExperimentProgress) -> String {
    let best = best.map { "; best \($0.name) \(Self.percent($0.top1))" } ?? ""
    let line =
      "\(progress.trialsDone) of \(progress.trials) trainings, \(progress.current)\(best); "
      + "\(progress.secondsLeft.roughDuration) left"
    return (table + [line]).joined(separator: "\n")
  }

  /// The best networks of a search so far.
  private var table: [String] {
    guard let objective = settings.study.search?.objective, !samples.isEmpty else { return [] }
    return samples.prefix(5).tableLines(
      .left("best so far") { $0.candidate.name },
      .right("reward") { $0.reward.formatted(digits: 4) },
      .right("top-1") { Self.percent($0.top1) }, .right { objective.words($0.cost) })
  }

  private static func percent(_ top1: Double?) -> String {
    top1?.percent(digits: 1) ?? "diverged"
  }

  /// A proposal that the controller has learned from.
  private mutating func add(_ sample: ArchitectureSearch.Sample, isNew: Bool) {
    let best = samples.first?.reward ?? -1
    if !sample.isRepeated {
      samples.append(sample)
      samples.sort { $0.reward > $1.reward }
    }
    // Whoever reads JSON gets all of a search, however often it was interrupted.
    guard isNew || isJSON else { return }
    print(
      [
        "number": sample.number, "network": sample.candidate.name, "repeated": sample.isRepeated,
        // Trained before this process began.
        "known": !isNew, "reward": sample.reward, "cost": sample.cost, "top1": sample.top1,
        "macs": sample.network.macs, "parameters": sample.network.parameters,
        "architecture": sample.candidate.architecture,
      ],
      "\(sample.number). \(sample.candidate.name): reward \(sample.reward.formatted(digits: 4)), "
        + "top-1 \(Self.percent(sample.top1)), \(settings.study.search?.objective.words(sample.cost) ?? "")"
        + (sample.isRepeated ? ", again" : sample.reward > best ? ", the best so far" : ""))
  }

  /// Prints a network that is done.
  private mutating func print(_ all: [TrialResult]) {
    let accuracies = all.sorted { $0.seed < $1.seed }.map(\.top1)
    let (name, epochs, mean) = (all[0].candidate, all[0].epochs, Self.mean(all))
    let seeds = accuracies.map { $0.map { (100 * $0).formatted(digits: 1) } ?? "diverged" }
    print(
      ["network": name, "epochs": epochs, "top1": accuracies, "mean": mean],
      "\(name): top-1 \(Self.percent(mean)) (\(seeds.joined(separator: ", "))), \(epochs.counted("epoch", "epochs"))"
    )
  }

  /// Prints a record as JSON, or else words.
  private mutating func print(_ record: JSONObject, _ words: String) {
    // Whoever no longer reads is told at the end.
    if let line = isJSON ? try? jsonText(record, keepsKeys: true) : isQuiet ? nil : words {
      try? StandardOutput.print(line)
    }
    try? StandardOutput.flush()
  }
}
