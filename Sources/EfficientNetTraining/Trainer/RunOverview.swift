internal import EfficientNet
package import EfficientNetCompute
internal import EfficientNetReports

/// The state of a run as its folder shows it.
package struct RunOverview: Sendable {
  package enum State: Hashable, Sendable {
    case running, interrupted
    case ended(RunOutcome.End)
  }

  package let path: String
  package let configuration: RunConfiguration
  package let state: State
  /// Whether there is a checkpoint to resume from.
  package let isResumable: Bool
  /// The number of completed epochs.
  package let epochs: Int
  /// The best epoch so far; nil without one, or without validation photos.
  package let best: RunOutcome.Best?
  /// The last epoch so far; nil if ``best`` is.
  package let last: RunOutcome.Best?
  /// The validation photos of the most frequent class, if known.
  private let mostFrequent: Int?
  /// The time of the last change, in nanoseconds since 1970.
  package let modified: Int64

  /// Reads the folder of a run.
  ///
  /// - Throws: `FileError` if a file is damaged.
  package init(_ folder: RunFolder) throws(FileError) {
    path = folder.path
    let isInUse = folder.isInUse
    isResumable = !folder.checkpoints.isEmpty
    let configuration = try folder.readSettings()
    let outcome = try folder.readOutcome()
    let records = try folder.readLog()
    self.configuration = configuration
    epochs = outcome?.epochs ?? records.count
    best = outcome.map(\.best) ?? records.best.map(RunOutcome.Best.init)
    last = best == nil ? nil : outcome?.last ?? records.last.map(RunOutcome.Best.init)
    mostFrequent = outcome?.mostFrequent
    // The outcome is written last. A run can also stop between its last epoch and its report.
    state = isInUse ? .running : outcome.map { .ended($0.end) } ?? .interrupted
    modified = folder.modified([folder.settings, folder.log, folder.report])
  }
}

extension RunOverview {
  /// Whether the run was interrupted and can be resumed.
  package var isUnfinished: Bool { state == .interrupted && isResumable }

  /// Whether the best epoch is not clearly better than guessing, as ``Evaluation/isNearChance``. If
  /// the most frequent class is not known, all classes count as equally frequent.
  package var isNearChance: Bool {
    guard let right = best?.proportion else { return false }
    let share =
      mostFrequent.map { Double($0) / Double(max(1, right.total)) }
      ?? 1 / Double(max(1, configuration.model.architecture.classes))
    return right.isNearChance(guessing: share)
  }
}

extension RunFolder {
  /// Whether a folder with these files is the folder of a run. Other programs also write files
  /// named config.json, but a run has a checkpoint or a log from the beginning.
  package static func isRun(names: [String]) -> Bool {
    names.contains(RunConfiguration.fileName)
      && names.contains { $0 == "log.csv" || $0.hasPrefix("checkpoint-") }
  }

  /// Reads log.csv. A missing file means no records.
  ///
  /// - Throws: `FileError`.
  func readLog() throws(FileError) -> [EpochRecord] {
    guard try FileStatus.look(log) != nil else { return [] }
    let bytes = try FileContents.read(log, limit: 1 << 28)
    do throws(Complaint) {
      return try EpochRecord.records(ofCSV: bytes)
    } catch {
      throw damaged(log, error.reason)
    }
  }
}

extension [EpochRecord] {
  /// The most accurate epoch, of equally accurate ones the one with the lowest loss; nil without
  /// epochs, or if nothing was validated.
  fileprivate var best: EpochRecord? {
    let best = self.min {
      (-$0.validationTop1, $0.validationLoss) < (-$1.validationTop1, $1.validationLoss)
    }
    return best.flatMap { $0.validationLoss == 0 && $0.validationTop1 == 0 ? nil : $0 }
  }
}
