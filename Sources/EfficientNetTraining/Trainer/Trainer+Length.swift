extension Trainer {
  /// The number of epochs whose training steps are done. Validation of the last one may follow.
  package var trainedEpochs: Int {
    progress.epoch - (progress.batches == batchesPerEpoch ? 0 : 1)
  }

  /// The outcome of a run that diverged.
  package var divergedOutcome: RunOutcome {
    RunOutcome(result(isInterrupted: true, isEarly: false), isDiverged: true)
  }
}
