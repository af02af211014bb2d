public import EfficientNetCompute
internal import EfficientNetReports

/// Errors of training: what is wrong and what to do.
public enum TrainingError: LibraryError {
  /// A batch needs more memory than `room`, or than the system provides if `room` is nil.
  case memory(bytes: Int, batch: Int, room: Int?)
  /// The loss or the weights are not finite, or the loss is far too high.
  case diverged(step: Int, rate: Double)
  /// The settings are invalid.
  case settings(String)
  /// No checkpoint of the resumed run can be read.
  case noCheckpoint(run: String, reason: String?)
  /// The loss of a learning-rate test is not finite after too few steps.
  case noRate(points: Int, rate: Double)

  /// More photos than the limit cannot be decoded.
  case broken(count: Int, limit: Int, first: String)

  /// One line with the remedy.
  public var description: String {
    switch self {
    case .memory(let bytes, let batch, let room):
      "batches of \(batch) need \(bytes.megabytes) of memory, "
        + (room.map { "but \($0.megabytes) may be used" } ?? "more than the system gives")
        + "; use smaller batches (training can accumulate them), or a lower resolution"
    case .diverged(let step, let rate):
      "training diverged at step \(step), learning rate \(rate): the loss is not finite or far too high; "
        + "lower the learning rate, or clip the gradients"
    case .noRate(let points, let rate):
      "the loss is not finite after \(points.counted("step")), at a learning rate of only \(rate.significant(2)); "
        + "no learning rate helps: check the initial weights, and look at the augmented photos"
    case .settings(let complaint): complaint.oneLine
    case .noCheckpoint(let run, let reason):
      (reason.map { "\(run): no checkpoint can be read; the newest: \($0)" }
        ?? "\(run): there is no checkpoint to resume from").oneLine + "; start a new run"
    case .broken(let count, let limit, let first):
      ("\(count.counted("photo")) cannot be read (the first: \(first)), but the limit is \(limit); "
        + "repair them, or raise the limit, also on resume").oneLine
    }
  }
}

extension TrainingError {
  /// The name of the case, for metrics, logs and fields of JSON.
  public var kind: String {
    switch self {
    case .memory: "memory"
    case .diverged: "diverged"
    case .settings: "settings"
    case .noCheckpoint: "noCheckpoint"
    case .noRate: "noRate"
    case .broken: "broken"
    }
  }
}
