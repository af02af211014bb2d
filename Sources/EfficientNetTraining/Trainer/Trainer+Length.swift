extension Trainer {
  /// The number of epochs whose training steps are done. Validation of the last one may follow.
  package var trainedEpochs: Int {
    progress.epoch - (progress.batches == batchesPerEpoch ? 0 : 1)
  }

  /// The number of epochs that are trained, validated and written to the log of the run's folder.
  package func completedEpochs(in folder: RunFolder) -> Int {
    // A damaged or missing log is written again after the next epoch.
    let logged = (try? folder.readLog().count) ?? 0
    return max(records.count, min(logged, trainedEpochs))
  }

  package var divergedOutcome: RunOutcome {
    RunOutcome(result(isInterrupted: true, isEarly: false), isDiverged: true)
  }
}
