/// The progress of a run.
public struct TrainingProgress: Hashable, Sendable {
  /// The current epoch, from 1.
  public var epoch: Int
  /// The number of epochs of the run.
  public var epochs: Int
  /// The photos of the epoch seen so far.
  public var images: Int
  /// The number of photos in the epoch.
  public var imagesPerEpoch: Int
  /// The mean training loss of the epoch so far.
  public var loss: Double
  /// The share of the photos so far that were classified correctly.
  public var top1: Double
  /// The learning rate of the last step.
  public var rate: Double
  /// The speed in photos per second since the run started or resumed.
  public var imagesPerSecond: Double
  /// The estimated remaining seconds.
  public var secondsLeft: Double
  /// Whether the photos are validation photos.
  public var isValidating: Bool
}

/// The result of a run.
public struct TrainingResult: Sendable {
  /// Whether the run was interrupted before its last epoch.
  public var isInterrupted: Bool
  /// Whether the run ended early because the accuracy stopped improving.
  public var isEarly: Bool
  /// The record of each epoch.
  public var records: [EpochRecord]
  /// The number of the best epoch and its validation accuracy; nil without validation photos. Of
  /// equally accurate epochs the one with the lowest validation loss is the best.
  public var best: (epoch: Int, top1: Double)?
  /// The evaluation of the best network on the validation photos.
  public var evaluation: Evaluation?
  /// The seconds of the whole run, including resumed parts.
  public var seconds: Double
  /// The training speed in photos per second.
  public var imagesPerSecond: Double
  /// The photos that could not be decoded.
  public var broken: [BrokenPhoto]
  /// The predictions for the readable validation photos after the last epoch, in their order; empty
  /// if an epoch remains.
  public var outcomes: [Evaluation.Outcome] = []
}
