import EfficientNet
import EfficientNetReports
import EfficientNetSearch
import EfficientNetTraining

/// What a terminal shows of an experiment under way: a line for each network that is done, and one that says how far all is:
/// "31 of 60 trainings, a1.2-b1.1-g1.15, epoch 3 of 8; best a1.3-b1.1-g1.1 54.1 %; 24 min left".
/// Of a search it shows the best so far above that, as a table, in place.
struct ExperimentLine {
  private let seeds: Int
  /// Whether a result is of the first trainings of a search, whose networks are shown once the controller has learned from them.
  private let isOfSearch: (TrialResult) -> Bool
  private let objective: Objective?
  private let isJSON: Bool
  private let isQuiet: Bool
  private let isShown: Bool
  private let clock = ContinuousClock()
  private var lastUpdate: ContinuousClock.Instant?
  /// Lines on the terminal that are to be replaced.
  private var visibleLines = 0
  /// Of a search: the different networks, the most rewarding first.
  private var samples: [ArchitectureSearch.Sample] = []
  /// The accuracies of each network with each number of epochs.
  private var results: [Key: [TrialResult]] = [:]
  private var best: (name: String, top1: Double, epochs: Int)?

  private struct Key: Hashable {
    let candidate: String
    let epochs: Int
  }

  init(_ settings: ExperimentSettings, results: [TrialResult], isJSON: Bool, isQuiet: Bool) {
    (self.isJSON, self.isQuiet) = (isJSON, isQuiet)
    switch settings.study {
    case .grid, .dimensions:
      (seeds, objective, isOfSearch) = (settings.seeds, nil, { _ in false })
    case .architectures(let study):
      seeds = study.finalSeeds
      let (epochs, own) = (settings.recipe.epochs, settings.allSeeds)
      isOfSearch = { $0.epochs == epochs && own.contains($0.seed) }
      objective = study.objective
    }
    isShown = !isQuiet && StandardError.isTerminal
    for result in results { _ = add(result) }
  }

  /// Remembers a result; all of its network if that was the last of them.
  private mutating func add(_ result: TrialResult) -> [TrialResult]? {
    if isOfSearch(result) { return nil }
    let key = Key(candidate: result.candidate, epochs: result.epochs)
    results[key, default: []].append(result)
    guard let all = results[key], all.count == seeds else { return nil }
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
      for note in progress.notes {
        clear()
        StandardError.report(note)
      }
    }
    if let finished = progress.finished, let all = add(finished) {
      clear()
      print(all)
    }
    for sample in progress.samples { add(sample, isNew: progress.samplesAreNew) }
    guard isShown else { return }
    let now = clock.now
    if let lastUpdate, now - lastUpdate < .milliseconds(100) { return }
    lastUpdate = now
    clear()
    let best = best.map { "; best \($0.name) \((100 * $0.top1).formatted(digits: 1)) %" } ?? ""
    var lines = table
    lines.append(
      "\(progress.trialsDone) of \(progress.trials) trainings, \(progress.current)\(best); "
        + "\(progress.secondsLeft.roughDuration) left")
    // A line that wraps would be two, and only one of them be replaced.
    let columns = StandardError.columns
    StandardError.write(lines.map { String($0.prefix(columns - 1)) }.joined(separator: "\n"))
    visibleLines = lines.count
  }

  /// The best networks of a search so far.
  private var table: [String] {
    guard let objective, !samples.isEmpty else { return [] }
    var table = TextTable([.left, .right, .right, .right])
    table.add("best so far", "reward", "top-1", "")
    for sample in samples.prefix(5) {
      table.add(
        sample.candidate.name, sample.reward.formatted(digits: 4), Self.percent(sample.top1),
        objective.words(sample.cost))
    }
    return table.lines
  }

  private static func percent(_ top1: Double?) -> String {
    top1.map { "\((100 * $0).formatted(digits: 1)) %" } ?? "diverged"
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
    let line: String?
    if isJSON {
      line = try? jsonLine(SampleLine(sample, isNew: isNew))
    } else if isQuiet {
      line = nil
    } else {
      line =
        "\(sample.number). \(sample.candidate.name): reward \(sample.reward.formatted(digits: 4)), "
        + "top-1 \(Self.percent(sample.top1)), \(objective?.words(sample.cost) ?? "")"
        + (sample.isRepeated ? ", again" : sample.reward > best ? ", the best so far" : "")
    }
    clear()
    if let line { try? StandardOutput.print(line) }
    try? StandardOutput.flush()
  }

  private struct SampleLine: Encodable {
    let number: Int
    let network: String
    /// Whether it was proposed before.
    let isRepeated: Bool
    /// Whether it was trained before this process began.
    let isKnown: Bool
    let reward, cost: Double
    let top1: Double?
    let macs, parameters: Int
    let architecture: Architecture

    private enum CodingKeys: String, CodingKey {
      case number, network, reward, cost, top1, macs, parameters, architecture
      case isRepeated = "repeated"
      case isKnown = "known"
    }

    init(_ sample: ArchitectureSearch.Sample, isNew: Bool) {
      isKnown = !isNew
      (number, network) = (sample.number, sample.candidate.name)
      (isRepeated, reward, cost) = (sample.isRepeated, sample.reward, sample.cost)
      (top1, macs) = (sample.top1, sample.network.macs)
      (parameters, architecture) = (sample.network.parameters, sample.candidate.architecture)
    }
  }

  /// A network that is done.
  private func print(_ all: [TrialResult]) {
    let accuracies = all.sorted { $0.seed < $1.seed }.map(\.top1)
    let line: String?
    if isJSON {
      line = try? jsonLine(
        NetworkLine(
          network: all[0].candidate, epochs: all[0].epochs, top1: accuracies,
          mean: Self.mean(all)))
    } else if isQuiet {
      line = nil
    } else {
      let mean = Self.mean(all).map { "\((100 * $0).formatted(digits: 1)) %" } ?? "diverged"
      let seeds = accuracies.map { $0.map { (100 * $0).formatted(digits: 1) } ?? "diverged" }
      line =
        "\(all[0].candidate): top-1 \(mean) (\(seeds.joined(separator: ", "))), \(all[0].epochs.counted("epoch", "epochs"))"
    }
    // Whoever no longer reads is told at the end.
    if let line { try? StandardOutput.print(line) }
    try? StandardOutput.flush()
  }

  private struct NetworkLine: Encodable {
    let network: String
    let epochs: Int
    /// By seed; null for a training that diverged.
    let top1: [Double?]
    let mean: Double?
  }

  /// Removes what is to be replaced, so that other text can be written.
  mutating func clear() {
    guard visibleLines > 0 else { return }
    let up = visibleLines > 1 ? "\u{1B}[\(visibleLines - 1)A" : ""
    StandardError.write("\r\(up)\u{1B}[J")
    visibleLines = 0
  }
}
