/// The progress of an experiment.
public struct ExperimentProgress: Sendable {
  /// The number of trainings.
  public var trials = 0
  /// The number of completed trainings.
  public var trialsDone = 0
  /// The estimated work of this call in multiply-accumulate operations.
  public var work = 0.0
  /// The completed part of ``work``.
  public var workDone = 0.0
  /// The estimated remaining time in seconds.
  public var secondsLeft = 0.0
  /// A running training, in words.
  public var current = ""
  /// The training that has just ended; nil at other times.
  public var finished: TrialResult?
  /// The proposals of a search that the controller has just learned from; empty at other times.
  public var samples: [ArchitectureSearch.Sample] = []
  /// Whether ``samples`` come after all results that were stored when the work began.
  public var samplesAreNew = false
  /// Messages about unreadable photos, one for each.
  public var notes: [String] = []
}
