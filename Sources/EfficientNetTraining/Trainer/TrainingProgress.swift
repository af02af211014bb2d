/// How far a run has come, for whoever shows it.
public struct TrainingProgress: Hashable, Sendable {
  /// The epoch under way, from 1 on.
  public var epoch: Int
  /// Epochs in all.
  public var epochs: Int
  /// Photos of the epoch that were seen.
  public var images: Int
  /// All photos of the epoch.
  public var imagesPerEpoch: Int
  /// The mean over the epoch so far.
  public var loss: Double
  /// Share of the photos so far that were recognised.
  public var top1: Double
  /// The learning rate of the last step.
  public var rate: Double
  /// Photos a second since the run went on.
  public var imagesPerSecond: Double
  /// Seconds that are left, at this rate.
  public var secondsLeft: Double
  /// Whether the photos are validated, and not trained on.
  public var isValidating: Bool
}

/// How a run ended.
public struct TrainingResult: Sendable {
  /// Whether it ended before its last epoch because it was interrupted.
  public var isInterrupted: Bool
  /// Whether it ended early because the accuracy did not rise any more.
  public var isEarly: Bool
  /// One for each epoch.
  public var records: [EpochRecord]
  /// The epoch with the best accuracy on the validation photos, of equally accurate ones that with
  /// the lowest validation loss, and the accuracy.
  public var best: (epoch: Int, top1: Double)?
  /// What the best network says about the validation photos.
  public var evaluation: Evaluation?
  /// Of the whole run, resumed parts included.
  public var seconds: Double
  /// While it trained.
  public var imagesPerSecond: Double
  /// Photos that could not be decoded.
  public var broken: [BrokenPhoto]
}
