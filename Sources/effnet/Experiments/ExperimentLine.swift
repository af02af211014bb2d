import EfficientNet
import EfficientNetReports
import EfficientNetSearch
import EfficientNetTraining

/// The progress of an experiment on the terminal: a line for each finished network, and a status
/// line such as "31 of 60 trainings, 24 min left; best a1.3-b1.1-g1.1 54.1 %; a1.2-b1.1-g1.15,
/// epoch 3 of 8".
///
/// For a search, a table of the best networks so far stands above the status line.
struct ExperimentLine {
  private let settings: ExperimentSettings
  private let isJSON: Bool
  private let isQuiet: Bool
  private var status: StatusLine
  /// In a search: the different networks, highest reward first.
  private var samples: [ArchitectureSearch.Sample] = []
  private var results: [TrialResult] = []
  private var best: (name: String, top1: Double, epochs: Int)?

  init(_ settings: ExperimentSettings, results: [TrialResult], isJSON: Bool, isQuiet: Bool) {
    (self.settings, self.isJSON, self.isQuiet) = (settings, isJSON, isQuiet)
    status = StatusLine(isQuiet: isQuiet)
    for result in results { _ = add(result) }
  }

  /// Adds a result. Returns all results of its network if this was the last one, else nil.
  private mutating func add(_ result: TrialResult) -> [TrialResult]? {
    let search = settings.study.search
    // A search's proposals are shown after the controller has learned from them.
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

  /// Shows the progress, at most ten times a second.
  mutating func update(_ progress: ExperimentProgress) {
    if !isQuiet {
      for note in progress.notes { StandardError.report(note) }
    }
    if let finished = progress.finished, let all = add(finished) { print(all) }
    for sample in progress.samples { add(sample, isNew: progress.samplesAreNew) }
    // The autoclosure reads a copy, because showing the text changes `status`.
    let line = self
    status.show(line.text(progress))
  }

  private func text(_ progress: ExperimentProgress) -> String {
    let best = best.map { "; best \($0.name) \(Self.percent($0.top1))" } ?? ""
    let line =
      "\(progress.trialsDone) of \(progress.trials) trainings, "
      + "\(progress.secondsLeft.roughDuration) left\(best); \(progress.current)"
    return (table + [line]).joined(separator: "\n")
  }

  /// The lines of the table of the best networks of a search so far.
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

  /// Adds a proposal that the controller has learned from.
  private mutating func add(_ sample: ArchitectureSearch.Sample, isNew: Bool) {
    let best = samples.first?.reward ?? -1
    if !sample.isRepeated {
      samples.append(sample)
      samples.sort { $0.reward > $1.reward }
    }
    // The JSON output is complete, even if the search was interrupted and resumed.
    guard isNew || isJSON else { return }
    print(
      [
        "number": sample.number, "network": sample.candidate.name, "repeated": sample.isRepeated,
        // Trained before this process started.
        "known": !isNew, "reward": sample.reward, "cost": sample.cost, "top1": sample.top1,
        "macs": sample.network.macs, "parameters": sample.network.parameters,
        "architecture": sample.candidate.architecture,
      ],
      "\(sample.number). \(sample.candidate.name): reward \(sample.reward.formatted(digits: 4)), "
        + "top-1 \(Self.percent(sample.top1)), \(settings.study.search?.objective.words(sample.cost) ?? "")"
        + (sample.isRepeated ? ", repeated" : sample.reward > best ? ", the best so far" : ""))
  }

  /// Prints the results of a finished network.
  private mutating func print(_ all: [TrialResult]) {
    let accuracies = all.sorted { $0.seed < $1.seed }.map(\.top1)
    let (name, epochs, mean) = (all[0].candidate, all[0].epochs, Self.mean(all))
    let seeds = accuracies.map { $0.map { (100 * $0).formatted(digits: 1) } ?? "diverged" }
    print(
      ["network": name, "epochs": epochs, "top1": accuracies, "mean": mean],
      "\(name): top-1 \(Self.percent(mean)) (\(seeds.joined(separator: ", "))), \(epochs.counted("epoch", "epochs"))"
    )
  }

  /// Prints a record as JSON, or else the text.
  private mutating func print(_ record: JSONObject, _ words: String) {
    // If the output cannot be written, the last flush of the command throws.
    if let line = isJSON ? try? jsonText(record, keepsKeys: true) : isQuiet ? nil : words {
      try? StandardOutput.print(line)
    }
    try? StandardOutput.flush()
  }
}
