internal import EfficientNetReports

/// The validation loss at the end of a training, as a sign of what more epochs would do.
///
/// The last epoch is compared with the one a fifth of all epochs before it, at least two; in a run
/// that continues another one, with the last epoch of that run, since the learning rate begins
/// again and the first epochs are worse for a while. The loss is falling if the last one is the
/// lowest and lower by 3 % and 0.01. It is rising if the last two are above the lowest one by 5 %
/// and 0.02. Otherwise the network is still learning if the training loss falls by 3 % and 0.01
/// between the two epochs, and is not below the validation loss at the end, and not nearly all
/// training photos are right: label smoothing keeps their loss above 0. Otherwise the validation
/// loss changes little, or it varies if the two epochs differ by 10 % and 0.05.
package struct LossTrend: Hashable, Sendable {
  package enum Direction: String, Sendable {
    case falling
    case steady = "changes little"
    case rising, varying
    case learning = "still learning"
  }

  package let direction: Direction
  /// The epoch that the last one is compared with; if the loss is rising, that of the lowest loss.
  package let earlier: EpochRecord
  package let last: EpochRecord
  /// Whether ``earlier`` is an epoch of the run that this one continues.
  private let isEarlierBefore: Bool
  private let isContinuation: Bool

  /// Finds the trend; nil with too few epochs, without validation photos, or if their number is not
  /// known.
  ///
  /// - Parameters:
  ///   - before: The epochs of the runs that the run continues, the oldest first.
  ///   - isContinuation: Whether the run continues another one, which may be deleted.
  package init?(
    _ records: [EpochRecord], after before: [EpochRecord] = [], isContinuation: Bool = false
  ) {
    self.isContinuation = isContinuation || !before.isEmpty
    let steps = max(2, records.count / 5)
    let all = before + records
    guard let last = records.last, last.validated != nil,
      let earlier = before.last ?? records.dropLast(steps).last,
      let place = all.indices.min(by: { all[$0].validationLoss < all[$1].validationLoss })
    else { return nil }
    let lowest = all[place]
    let least = lowest.validationLoss
    let recent = records.suffix(2).map(\.validationLoss).min() ?? least
    let fall = earlier.validationLoss - last.validationLoss
    self.last = last
    if recent - least > max(0.05 * least, 0.02) {
      (direction, self.earlier) = (.rising, lowest)
      isEarlierBefore = place < before.count
      return
    }
    isEarlierBefore = !before.isEmpty
    if place == all.count - 1, fall > max(0.03 * earlier.validationLoss, 0.01) {
      (direction, self.earlier) = (.falling, earlier)
    } else if earlier.trainingLoss - last.trainingLoss > max(0.03 * earlier.trainingLoss, 0.01),
      last.trainingLoss >= last.validationLoss, last.trainingTop1 < 0.99
    {
      (direction, self.earlier) = (.learning, earlier)
    } else {
      let isSteady = abs(fall) <= max(0.1 * earlier.validationLoss, 0.05)
      (direction, self.earlier) = (isSteady ? .steady : .varying, earlier)
    }
  }

  /// Whether longer training may help.
  package var recommendsLonger: Bool {
    switch direction {
    case .falling, .learning: true
    case .steady, .rising, .varying: false
    }
  }

  /// Whether longer training will probably not help, or less than more photos.
  package var discouragesLonger: Bool {
    switch direction {
    case .rising: true
    case .steady: !isRateFalling
    case .falling, .learning, .varying: false
    }
  }

  /// Whether the learning rate has fallen by more than half since the earlier epoch, as at the end
  /// of a cosine: then the loss changes little, however much the network can still learn. A run that
  /// continues another one was the longer run that shows it.
  private var isRateFalling: Bool { !isContinuation && last.rate < earlier.rate / 2 }

  /// For instance "the validation loss was still falling (0.610 to 0.520 in the last 2 epochs), so
  /// longer training may help; with 13 validation photos this is uncertain".
  package var text: String {
    let (from, to) = (earlier.validationLoss.fixed(3), last.validationLoss.fixed(3))
    let change =
      isEarlierBefore
      ? "\(from) at the end of the run before, \(to) now"
      : "\(from) to \(to) in the last \(last.epoch - earlier.epoch) epochs"
    let run = isEarlierBefore ? " of the run before" : ""
    let text =
      switch direction {
      case .falling:
        "the validation loss was still falling (\(change)), so longer training may help"
      case .learning:
        "the validation loss does not show a trend (\(change)), but the training loss was still "
          + "falling (\(earlier.trainingLoss.fixed(3)) to \(last.trainingLoss.fixed(3))), so longer "
          + "training may help"
      case .steady where isRateFalling:
        "the validation loss changes little at the end (\(change)), as in every run whose learning "
          + "rate falls to 0; only a longer run shows whether more epochs help"
      case .steady:
        "the validation loss changes little (\(change)), so more photos will probably help more "
          + "than longer training"
      case .rising:
        "the validation loss has risen (\(from) after epoch \(earlier.epoch)\(run), \(to) at the "
          + "end), so longer training will probably not help"
      case .varying:
        "the validation loss varies (\(change)), so it does not show whether longer training helps"
      }
    guard let photos = last.validationImages, photos < Evaluation.fewestToChoose else {
      return text
    }
    return "\(text); with \(photos.counted("validation photo")) this is uncertain"
  }
}

extension TrainingResult {
  /// Returns the trend of a run that trained all of its epochs; nil for others, and as in
  /// ``LossTrend``.
  ///
  /// - Parameter before: The epochs of the runs that the run continues, the oldest first.
  package func trend(after before: [EpochRecord]) -> LossTrend? {
    isInterrupted || isEarly ? nil : LossTrend(records, after: before)
  }
}
