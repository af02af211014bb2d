internal import EfficientNet
package import EfficientNetCompute
package import EfficientNetReports

/// The outcome of a finished run: result.json. An unfinished run has none.
package struct RunOutcome: Codable, Hashable, Sendable {
  /// The best epoch.
  package struct Best: Codable, Hashable, Sendable {
    /// The number of the epoch, from 1.
    package var epoch: Int
    /// The share of validation photos whose best class is right.
    package var top1: Double
    /// The number of validation photos that could be read; nil if it is not known, as before the
    /// run is finished.
    package var photos: Int?

    /// The right ones of ``photos``; nil if their number is not known.
    package var proportion: Proportion? {
      photos.map { Proportion(share: top1, of: $0) }
    }
  }

  /// The number of trained epochs.
  package var epochs: Int
  /// Whether training ended early because the accuracy stopped improving.
  package var isEarly: Bool
  /// The best epoch; nil without validation photos.
  package var best: Best?
  /// The training time in seconds.
  package var seconds: Double
  /// The training speed in photos per second.
  package var imagesPerSecond: Double
  /// The number of photos that could not be read.
  package var broken: Int
}

extension RunOutcome {
  /// Creates the outcome of a run that was not interrupted.
  package init(_ result: TrainingResult) {
    self.init(
      epochs: result.records.count, isEarly: result.isEarly,
      best: result.best.map {
        Best(epoch: $0.epoch, top1: $0.top1, photos: result.evaluation?.images)
      }, seconds: result.seconds, imagesPerSecond: result.imagesPerSecond,
      broken: result.broken.count)
  }

  /// The first impossible number as a message; nil if all are possible: the file may contain
  /// anything.
  fileprivate var complaint: String? {
    if !(1...Recipe.mostEpochs ~= epochs) { return "the number of epochs is \(epochs)" }
    guard let best else { return nil }
    if !(1...epochs ~= best.epoch) { return "the best epoch is \(best.epoch) of \(epochs)" }
    if !(0...1 ~= best.top1) { return "the top-1 is \(best.top1); it must be 0 to 1" }
    guard let photos = best.photos, !(0...1 << 40 ~= photos) else { return nil }
    return "the number of photos is \(photos)"
  }
}

extension RunFolder {
  /// The path of result.json, which marks a finished run.
  private var outcome: String { file("result.json") }

  /// Reads the outcome of the run; nil if the run is not finished.
  ///
  /// - Throws: `FileError`, also for an invalid outcome.
  package func readOutcome() throws(FileError) -> RunOutcome? {
    guard try FileStatus.look(outcome) != nil else { return nil }
    let result: RunOutcome = try decode(FileContents.read(outcome, limit: 1 << 20), of: outcome)
    if let complaint = result.complaint { throw damaged(outcome, complaint) }
    return result
  }

  /// Marks the run as finished. Removes its checkpoints, except the newest if a longer run can
  /// resume from it, and except all if the settings keep them.
  ///
  /// - Throws: `FileError`.
  package func finish(_ result: TrainingResult, of configuration: RunConfiguration) throws {
    try write(encodedJSON(RunOutcome(result), isPretty: true) + "\n", to: outcome)
    if configuration.keepsCheckpoints == true { return }
    let isResumable = !configuration.recipe.decay.dependsOnEpochs && !result.isEarly
    removeCheckpoints(but: isResumable ? checkpoints.first : nil)
  }

  /// Marks the run as unfinished, so that it can be trained for more epochs.
  package func reopen() { Folder.remove(outcome) }

  /// The reason why a finished run cannot resume for more epochs; nil if it can.
  package func reasonNotToResume(
    _ configuration: RunConfiguration, _ outcome: RunOutcome
  ) -> String? {
    if outcome.isEarly { return "it ended early because the accuracy stopped improving" }
    if configuration.recipe.decay.dependsOnEpochs {
      return "its learning rate has fallen to 0 by the cosine schedule"
    }
    return checkpoints.isEmpty ? "its checkpoint is missing" : nil
  }
}

extension Recipe.Decay {
  /// Whether the rate of an epoch depends on the number of epochs. If not, a run can be made longer
  /// at any time with the same result as if it had been that long from the beginning.
  package var dependsOnEpochs: Bool {
    switch self {
    case .constant, .exponential: false
    case .cosine: true
    }
  }
}
