#if Tools
  import EfficientNetSearch
  import EfficientNetTraining

  /// What a terminal shows of an experiment under way: a line for each network that is done, and one that says how far all is:
  /// "31 of 60 trainings, a1.2-b1.1-g1.15, epoch 3 of 8; best a1.3-b1.1-g1.1 54.1 %; 24 min left".
  struct ExperimentLine {
    private let seeds: Int
    private let isJSON: Bool
    private let isQuiet: Bool
    private let isShown: Bool
    private let clock = ContinuousClock()
    private var lastUpdate: ContinuousClock.Instant?
    private var isVisible = false
    /// The accuracies of each network with each number of epochs.
    private var results: [Key: [TrialResult]] = [:]
    private var best: (name: String, top1: Double, epochs: Int)?

    private struct Key: Hashable {
      let candidate: String
      let epochs: Int
    }

    init(_ settings: ExperimentSettings, results: [TrialResult], isJSON: Bool, isQuiet: Bool) {
      (seeds, self.isJSON, self.isQuiet) = (settings.seeds, isJSON, isQuiet)
      isShown = !isQuiet && StandardError.isTerminal
      for result in results { _ = add(result) }
    }

    /// Remembers a result; all of its network if that was the last of them.
    private mutating func add(_ result: TrialResult) -> [TrialResult]? {
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
      guard isShown else { return }
      let now = clock.now
      if let lastUpdate, now - lastUpdate < .milliseconds(100) { return }
      lastUpdate = now
      isVisible = true
      let best = best.map { "; best \($0.name) \((100 * $0.top1).formatted(digits: 1)) %" } ?? ""
      StandardError.write(
        "\r\u{1B}[K\(progress.trialsDone) of \(progress.trials) trainings, \(progress.current)\(best); "
          + "\(TrainingLine.time(progress.secondsLeft)) left")
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

    /// Removes the line, so that other text can be written.
    mutating func clear() {
      guard isVisible else { return }
      StandardError.write("\r\u{1B}[K")
      isVisible = false
    }
  }
#endif
