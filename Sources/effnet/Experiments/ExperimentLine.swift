import EfficientNet
import EfficientNetReports
import EfficientNetSearch
import EfficientNetTraining

/// The progress of an experiment on the terminal: a line for each finished network, and a status
/// line such as "31 of 60 trainings in all, 24 min left; highest depth 2× 54.1 %; compound 2×,
/// epoch 3 of 8".
///
/// For a search, a table of the highest rewards so far stands above the status line.
struct ExperimentLine {
  private let settings: ExperimentSettings
  private let chance: Chance
  private let isJSON: Bool
  private let isQuiet: Bool
  private var status: StatusLine
  /// In a search: the different networks, highest reward first.
  private var samples: [ArchitectureSearch.Sample] = []
  private var results: [TrialResult] = []
  /// The network with the highest accuracy among those that were trained longest.
  private var best: (name: String, top1: Double, epochs: Int)?

  init(
    _ settings: ExperimentSettings, _ chance: Chance, results: [TrialResult], isJSON: Bool,
    isQuiet: Bool
  ) {
    (self.settings, self.chance) = (settings, chance)
    (self.isJSON, self.isQuiet) = (isJSON, isQuiet)
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
    guard let mean = all.compactMap(\.top1).mean else { return all }
    if (result.epochs, mean) > (best?.epochs ?? 0, best?.top1 ?? -1) {
      best = (result.candidate, mean, result.epochs)
    }
    return all
  }

  /// Shows the progress, at most ten times a second.
  mutating func update(_ progress: ExperimentProgress) {
    if !isQuiet {
      for photo in progress.notes { StandardError.note("a photo is skipped: \(photo)") }
    }
    if let finished = progress.finished, let all = add(finished) { print(all) }
    for sample in progress.samples { add(sample, isNew: progress.samplesAreNew) }
    // The autoclosure reads a copy, because showing the text changes `status`.
    let line = self
    status.show(line.text(progress))
  }

  private func text(_ progress: ExperimentProgress) -> String {
    let best =
      best.map { best in
        chance.isExceeded(by: best.top1, bestOf: networksCompared)
          ? "; highest \(settings.study.title(named: best.name)) \(Self.percent(best.top1))"
          : "; all near chance so far"
      } ?? ""
    let line =
      "\(progress.trialsDone) of \(progress.trials) trainings \(whole), "
      + "\(progress.secondsLeft.roughDuration) left\(best); \(progress.current)"
    return (table + [line]).joined(separator: "\n")
  }

  /// What the number of trainings covers. A resumed experiment counts its earlier ones, too.
  private var whole: String {
    if case .grid(let study) = settings.study, study.halvings > 0 {
      "of this round"
    } else {
      "in all"
    }
  }

  /// The number of networks among which the best is selected, as in the table at the end: also
  /// those that are not trained yet.
  private var networksCompared: Int {
    max(samples.count, settings.study.candidates.count, Set(results.map(\.candidate)).count)
  }

  /// The lines of the table of the highest rewards of a search so far.
  private var table: [String] {
    guard let objective = settings.study.search?.objective, !samples.isEmpty else { return [] }
    return samples.prefix(5).tableLines(
      .left(hasLearned ? "highest so far" : "all near chance") { $0.candidate.name },
      .right("reward") { $0.reward.formatted(digits: 4) },
      .right("top-1") { Self.percent($0.top1) }, .right { objective.words($0.cost) })
  }

  /// Whether a network of the search is clearly better than guessing.
  private var hasLearned: Bool {
    chance.isExceeded(by: samples.compactMap(\.top1).max() ?? 0, bestOf: samples.count)
  }

  private static func percent(_ top1: Double?) -> String {
    top1?.percent(digits: 1) ?? "diverged"
  }

  /// Adds a proposal that the controller has learned from.
  private mutating func add(_ sample: ArchitectureSearch.Sample, isNew: Bool) {
    let highest = samples.first?.reward ?? -1
    if !sample.isRepeated {
      samples.append(sample)
      samples.sort { $0.reward > $1.reward }
    }
    guard isNew else { return }
    print(
      [
        "number": sample.number, "network": sample.candidate.name, "repeated": sample.isRepeated,
        "reward": sample.reward, "cost": sample.cost, "top1": sample.top1,
        "top1_count": sample.right?.successes, "images": sample.right?.total,
        "top1_interval": sample.right?.ends,
        "macs": sample.network.macs, "parameters": sample.network.parameters,
        "architecture": sample.candidate.architecture,
      ],
      "\(sample.number). \(sample.candidate.name): reward \(sample.reward.formatted(digits: 4)), "
        + (sample.right.map { "\($0.text) right" } ?? "top-1 \(Self.percent(sample.top1))")
        + ", \(settings.study.search?.objective.words(sample.cost) ?? "")"
        + remark(sample, isHighest: sample.reward > highest))
  }

  /// The end of a proposal's line. Near chance, the highest reward means nothing.
  private func remark(_ sample: ArchitectureSearch.Sample, isHighest: Bool) -> String {
    if sample.isRepeated { return ", repeated" }
    guard let top1 = sample.top1 else { return "" }
    guard chance.isExceeded(by: top1, bestOf: samples.count) else { return ", near chance" }
    return isHighest ? ", the highest reward so far" : ""
  }

  private mutating func print(_ all: [TrialResult]) {
    let accuracies = all.sorted { $0.seed < $1.seed }.map(\.top1)
    let (name, epochs, mean) = (all[0].candidate, all[0].epochs, all.compactMap(\.top1).mean)
    let photos = all.lazy.compactMap(\.validationPhotos).first ?? chance.photos
    let right = mean.map { Proportion(mean: $0, of: photos) }
    let seeds = accuracies.map { $0.map { (100 * $0).formatted(digits: 1) } ?? "diverged" }
    let title = settings.study.title(named: name)
    print(
      [
        "network": name, "title": title, "epochs": epochs, "top1": mean,
        "top1_by_seed": accuracies, "top1_count": right?.successes, "images": right?.total,
        "top1_interval": right?.ends,
      ],
      "\(title): " + (right.map { "\($0.text) right" } ?? "diverged")
        + (seeds.count > 1 ? ", by seed \(seeds.joined(separator: ", ")) %" : "")
        + ", \(epochs.counted("epoch", "epochs"))"
        + (mean.map {
          chance.isExceeded(by: $0, bestOf: networksCompared) ? "" : ", near chance"
        } ?? ""))
  }

  private mutating func print(_ record: JSONObject, _ words: String) {
    // If the output cannot be written, the command's result, which is printed last, throws.
    if let line = isJSON ? try? jsonText(record, keepsKeys: true) : isQuiet ? nil : words {
      try? StandardOutput.print(line)
    }
  }
}
