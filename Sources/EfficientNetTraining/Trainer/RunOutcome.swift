internal import EfficientNet
package import EfficientNetCompute
package import EfficientNetReports

/// The outcome of a run that has ended: result.json. A run that can resume has none.
package struct RunOutcome: Codable, Hashable, Sendable {
  package enum End: String, Codable, Sendable {
    /// All epochs are trained.
    case finished
    /// The accuracy stopped improving before the last epoch.
    case early
    /// Training diverged, and would diverge again.
    case diverged
  }

  /// The result of an epoch, such as the best one.
  package struct Best: Codable, Hashable, Sendable {
    /// The number of the epoch, from 1.
    package var epoch: Int
    /// The share of validation photos whose best class is right.
    package var top1: Double
    /// The number of validation photos that could be read in the epoch; nil in runs of versions
    /// that did not count them.
    package var photos: Int?
    /// The mean cross entropy of these photos; nil in runs of versions that did not write it.
    package var loss: Double?

    package init(_ record: EpochRecord) {
      (epoch, top1, loss) = (record.epoch, record.validationTop1, record.validationLoss)
      photos = record.validated?.total
    }

    /// The right ones of ``photos``; nil if their number is not known.
    package var proportion: Proportion? {
      photos.map { Proportion(share: top1, of: $0) }
    }

    /// Whether this is the better one of two results on the same photos: more are right, or as many
    /// with a lower loss.
    package func isBetter(than other: Self) -> Bool {
      (-top1, loss ?? .infinity) < (-other.top1, other.loss ?? .infinity)
    }

    /// Returns a remark on the lead over another result on the same photos that is not better, such
    /// as "the difference to photos-2 is not reliable (1 of 16 photos)"; nil if the lead is
    /// reliable: the other result is outside the 95 % interval of this one.
    package func remark(on other: Self, named name: String) -> String? {
      guard other.top1 < top1 else { return "\(name) has as many, so it may be as good" }
      guard let own = proportion, let other = other.proportion,
        other.share >= own.interval.lowerBound
      else { return nil }
      return "the difference to \(name) is not reliable (\(max(0, own.count - other.count)) of "
        + "\(own.total.counted("photo", "photos")))"
    }

    /// Whether few photos chose this epoch among others, so that its top-1 is probably too good.
    ///
    /// - Parameter epochs: The number of epochs of the run.
    package func isChosenByFew(of epochs: Int) -> Bool {
      guard epochs > 1, let photos else { return false }
      return 1..<Evaluation.fewestToChoose ~= photos
    }
  }

  package var end: End
  /// The number of completed epochs.
  package var epochs: Int
  /// The best epoch; nil without validation photos.
  package var best: Best?
  /// The last epoch; nil without validation photos, and in runs of versions that did not write it.
  package var last: Best?
  /// The validation photos of the most frequent class; nil without validation photos, and in runs
  /// of versions that did not write it.
  package var mostFrequent: Int?
  /// The training time in seconds.
  package var seconds: Double
  /// The training speed in photos per second.
  package var imagesPerSecond: Double
  /// The number of photos that could not be read.
  package var broken: Int
}

extension RunOutcome {
  /// Creates the outcome of a run that was not interrupted, or that diverged.
  package init(_ result: TrainingResult, isDiverged: Bool = false) {
    self.init(
      end: isDiverged ? .diverged : result.isEarly ? .early : .finished,
      epochs: result.records.count,
      best: result.records.first { $0.epoch == result.best?.epoch }.map(Best.init),
      last: result.best == nil ? nil : result.records.last.map(Best.init),
      mostFrequent: result.evaluation?.mostFrequentClass.count,
      seconds: result.seconds, imagesPerSecond: result.imagesPerSecond,
      broken: result.broken.count)
  }

  /// The first impossible number as a message; nil if all are possible: the file may contain
  /// anything.
  fileprivate var complaint: String? {
    if !(1...Recipe.mostEpochs ~= epochs) { return "the number of epochs is \(epochs)" }
    if let mostFrequent, !(0...1 << 40 ~= mostFrequent) {
      return "the number of photos of the most frequent class is \(mostFrequent)"
    }
    return best?.complaint("best", epochs) ?? last?.complaint("last", epochs)
  }

  /// See ``Best/choiceRemark(of:last:)``.
  package var choiceRemark: String? { best?.choiceRemark(of: epochs, last: last) }
}

extension RunOutcome.Best {
  fileprivate func complaint(_ name: String, _ epochs: Int) -> String? {
    if !(1...epochs ~= epoch) { return "the \(name) epoch is \(epoch) of \(epochs)" }
    if !(0...1 ~= top1) { return "the top-1 is \(top1); it must be 0 to 1" }
    if let loss, !(loss.isFinite && loss >= 0) { return "the loss is \(loss)" }
    guard let photos, !(0...1 << 40 ~= photos) else { return nil }
    return "the number of photos is \(photos)"
  }

  /// For instance "the validation photos also chose the epoch, so the result is probably too good;
  /// the last epoch got 12 of 13 right"; nil if the choice hardly matters: see
  /// ``isChosenByFew(of:)``.
  ///
  /// - Parameters:
  ///   - epochs: The number of epochs of the run.
  ///   - last: The last of them.
  package func choiceRemark(of epochs: Int, last: Self?) -> String? {
    guard isChosenByFew(of: epochs) else { return nil }
    let remark = "the validation photos also chose the epoch, so the result is probably too good"
    guard let last, last.epoch != epoch, let right = last.proportion else { return remark }
    return "\(remark); the last epoch got \(right.ofTotal) right"
  }
}

extension RunFolder {
  /// The path of result.json, which marks a run that has ended.
  var outcome: String { file("result.json") }

  /// Reads the outcome of the run; nil if the run has not ended.
  ///
  /// - Throws: `FileError`, also for an invalid outcome.
  package func readOutcome() throws(FileError) -> RunOutcome? {
    guard try FileStatus.look(outcome) != nil else { return nil }
    let result: RunOutcome = try decode(FileContents.read(outcome, limit: 1 << 20), of: outcome)
    if let complaint = result.complaint { throw damaged(outcome, complaint) }
    return result
  }

  /// Marks the run as ended. Removes its checkpoints, except the newest if a longer run can resume
  /// from it, and except all if the settings keep them.
  ///
  /// - Throws: `FileError`.
  package func finish(_ outcome: RunOutcome, of configuration: RunConfiguration) throws {
    try write(encodedJSON(outcome, isPretty: true) + "\n", to: self.outcome)
    if configuration.keepsCheckpoints == true { return }
    let isResumable = reasonNotToResume(configuration, outcome) == nil
    removeCheckpoints(but: isResumable ? checkpoints.first : nil)
  }

  /// Marks the run as unfinished, so that it can be trained for more epochs.
  package func reopen() { Folder.remove(outcome) }

  /// The reason why a run that has ended cannot resume for more epochs; nil if it can.
  package func reasonNotToResume(
    _ configuration: RunConfiguration, _ outcome: RunOutcome
  ) -> String? {
    switch outcome.end {
    case .early: return "it ended early because the accuracy stopped improving"
    case .diverged: return "training diverged, and would diverge again"
    case .finished: break
    }
    if configuration.recipe.decay.dependsOnEpochs {
      return "its learning rate (the size of its training steps) has fallen to 0, as planned"
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
